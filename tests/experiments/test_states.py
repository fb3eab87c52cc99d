"""Whatever is clicked in whatever order, an experiment only moves on, and its design stays."""

from datetime import timedelta
from pathlib import Path
from tempfile import mkdtemp

import pytest
from django.test import override_settings
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from halves.access.models import Role
from halves.experiments import actions, designs
from halves.experiments.errors import ExperimentRefused
from halves.experiments.models import Experiment, State
from halves.place import Place
from halves.posting.book import book
from tests.experiments.company import ENDS, NOON, STARTS, drafted, known_people, sold
from tests.house import colleague

ORDER = [State.DRAFT, State.REGISTERED, State.RUNNING, State.STOPPED, State.READ]
CLICKS = st.lists(
    st.sampled_from(["change", "register", "start", "stop", "look", "read", "wait"]),
    max_size=14,
)


@pytest.mark.house
class TestStates(TestCase):
    """One company for all runs."""

    @classmethod
    def setUpTestData(cls):
        home = Path(mkdtemp(prefix="halves-states-"))
        cls.place = Place(home, home / "halves.toml")
        with override_settings(PLACE=cls.place):
            known_people(60)
            sold([f"p{n:04}" for n in range(30)], at=[STARTS] * 30, batch="spring")
        cls.ada = colleague("Ada", Role.OWNER)

    @how(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
    @given(clicks=CLICKS)
    def test_it_only_moves_on(self, clicks):
        with override_settings(PLACE=self.place):
            self.live(clicks)

    def live(self, clicks):
        title = f"Test {Experiment.objects.count()} {len(book().versions())} {id(clicks)}"
        with self.captureOnCommitCallbacks(execute=True):
            one = drafted(self.ada, title=title, share=0.5)
        at, frozen, before = NOON, "", State.DRAFT
        for click in clicks:
            at += timedelta(days=30) if click == "wait" else timedelta(hours=1)
            self.click(one, click, at)
            one = Experiment.objects.get(pk=one.pk)
            assert ORDER.index(one.state) >= ORDER.index(before)
            assert (one.state == State.DRAFT) == (one.digest == "")
            if frozen:
                assert one.digest == frozen == designs.digest_of(one)
            frozen, before = one.digest, one.state
            assert one.members.exists() <= (one.started_at is not None)
            assert (one.state == State.READ) == (one.result is not None)

    def click(self, one, click, at):
        try:
            with self.captureOnCommitCallbacks(execute=True):
                if click == "change":
                    actions.change_draft(one, by=self.ada, at=at, ends=ENDS + timedelta(days=7))
                elif click != "wait":
                    getattr(actions, click)(one, by=self.ada, at=at)
        except ExperimentRefused:
            pass
