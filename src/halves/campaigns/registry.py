"""What campaigns give to rooms below."""


def register() -> None:
    """Say who may."""
