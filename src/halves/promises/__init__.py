"""What we led people to expect and what came of it."""
