"""What conversations give to the rooms below."""


def register() -> None:
    """Say the rules, the lines of the timeline and a person's part."""
