"""What the room refuses."""


class EndpointRefused(Exception):
    """An address that events must not go to; the words say why."""


class UnknownKind(Exception):
    """There is no such kind of event."""
