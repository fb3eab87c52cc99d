"""What holds buyers back, and what settles it."""
