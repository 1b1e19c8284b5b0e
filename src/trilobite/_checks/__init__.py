"""What callers may hand over, checked before anything is changed."""
