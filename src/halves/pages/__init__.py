"""A story that sells by itself on the web."""
