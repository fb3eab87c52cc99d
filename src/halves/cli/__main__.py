"""`python -m halves.cli` is the `halves` command."""

from halves.cli.main import main

if __name__ == "__main__":
    main()
