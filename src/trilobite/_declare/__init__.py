"""Declarations: what a model is made of, as plain data and made again; and names."""
