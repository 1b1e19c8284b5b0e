"""What `Sequential` is made of: training, prediction, the loop of fit, measures, progress."""
