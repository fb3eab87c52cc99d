"""A house that can send: mail settings that lead to a sink, a story, people who agreed."""

import pytest

from tests.campaigns.company import settings_file
from tests.campaigns.sink import Sink


@pytest.fixture
def sink(tmp_path):
    one = Sink(tmp_path)
    one.start()
    yield one
    one.kill()


@pytest.fixture
def mailing(house, sink):
    """The house, set up to send to the sink."""
    settings_file(house.settings_file, sink.port)
    return house
