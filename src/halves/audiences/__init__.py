"""Saved questions about people, and groups that people join."""
