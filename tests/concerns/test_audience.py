"""Who voiced a concern, and who is likely to hold it, as audiences."""

from halves.audiences.actions import save_question
from halves.audiences.queries import members
from halves.concerns.models import Heard
from halves.people import actions as people
from tests.concerns.company import DEAR, listen, person, voiced
from tests.house import MONDAY


def whom(records: str, concern: int, name: str, by) -> set[int]:
    where = [{"field": "concern", "op": "is", "value": str(concern)}]
    asked = save_question(
        name=name, definition={"records": records, "op": "any", "where": where}, by=by, at=MONDAY
    )
    return {key for chunk in members(asked, at=MONDAY) for key in chunk}


def test_who_voiced_a_concern_and_their_silent_colleagues_can_be_asked_for(max_, ben):
    talks = voiced(ben, DEAR)
    navy = people.add_account(by=None, at=MONDAY, name="Navy")
    spoke = talks[0].person
    type(spoke).objects.filter(pk=spoke.pk).update(account=navy)
    silent = person("Silent", account=navy)
    person("Elsewhere")
    listen()
    concern = Heard.objects.get(words=DEAR[0]).concern_id

    assert whom("concerns_voiced", concern, "said", max_) == {one.person_id for one in talks}
    assert whom("concerns_likely", concern, "may", max_) == {silent.pk}
