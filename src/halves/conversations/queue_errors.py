"""What the call queue refuses, by name."""


class QueueRefused(Exception):
    """Something that the queue cannot do as asked; the words say what to do."""


class QueueIsOff(QueueRefused):
    """Nobody turned the queue on."""


class QueueLacks(QueueRefused):
    """A setting that the gain is worked out with is not said; names it."""


class NotACaller(QueueRefused):
    """Somebody whose day the queue does not fill."""


class AlreadySettled(QueueRefused):
    """The person was called or skipped already."""


class ReasonMissing(QueueRefused):
    """A skip without a reason, from which nobody learns."""
