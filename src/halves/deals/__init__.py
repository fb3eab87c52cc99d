"""Possible purchases on their way."""
