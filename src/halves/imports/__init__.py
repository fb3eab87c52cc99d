"""Runs of an import: what a file was recognised as, dry run, refused rows, progress, undo."""
