"""Concerns and answers from text."""
