"""What listening refuses, by name."""


class ListenError(Exception):
    """Something that cannot be listened to; the message says why and what to do next."""


class BackEndMissing(ListenError):
    """The packages of an embedding are not installed."""

    def __init__(self) -> None:
        super().__init__(
            "sentences are compared by meaning with a model that is not installed: "
            "pip install 'halves[listen]', or compare them by words (tfidf)"
        )


class BackEndUnknown(ListenError):
    """There is no embedding of this name."""

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(f"no way to compare sentences is called {name!r}; there are {known}")
