"""The answer in words and pictures: for the terminal, the report's one file, and the pages."""
