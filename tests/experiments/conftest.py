"""Work that pages ask for is done at once."""

import pytest


@pytest.fixture
def done(django_capture_on_commit_callbacks):
    """Do something, and what it asks a worker for."""

    def do(action, *args, **named):
        with django_capture_on_commit_callbacks(execute=True):
            found = action(*args, **named)
        if hasattr(found, "refresh_from_db"):
            found.refresh_from_db()
        return found

    return do
