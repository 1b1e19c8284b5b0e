"""Running: the team of threads, its pace, epochs and trainings."""
