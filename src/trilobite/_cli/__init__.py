"""The command line's commands: what `python -m trilobite` does."""
