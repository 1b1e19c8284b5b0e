"""Model files: the model, the form of its description, the arrays, the bytes."""
