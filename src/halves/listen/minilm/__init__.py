"""Sentences as vectors by all-MiniLM-L6-v2 in int8: needs the extra `halves[listen]`."""
