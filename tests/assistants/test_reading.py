"""An assistant reads what its colleague sees, and drafts."""

from halves.people import actions
from halves.stories.models import Story
from tests.assistants.client import Assistant
from tests.house import MONDAY


def test_it_is_who_it_acts_as(ben):
    assistant = Assistant(ben)

    assert assistant("me")["user"]["name"] == "Ben"
    assert "people_list" in assistant.tools()


def test_what_it_drafts_is_there(max_):
    made = Assistant(max_)("story_add", name="Harbour", kind="belonging")

    assert Story.objects.get().pk == made["id"]
