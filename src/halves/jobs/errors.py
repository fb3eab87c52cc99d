"""What jobs refuse, by name."""


class JobCancelled(Exception):
    """Someone asked for the work to stop."""


class JobLost(Exception):
    """Another worker has the job: this one was silent for too long."""


class JobRefused(Exception):
    """The work cannot be done as asked; the words say what to do, and are shown as they are."""
