"""Files to import, written as other programs write them."""

from pathlib import Path

import pytest

DATA = Path(__file__).parents[2].parent / "shared/data"

MAILS = """
name = "mails"
[settings]
currency = "USD"
time_zone = "UTC"
[files.sent]
names = ["sent*"]
{spec}
[[rows]]
table = "touches"
file = "sent"
[rows.fields]
touch_id = {{ template = "mail-{{id}}" }}
person_id = {{ column = "to", case = "lower" }}
at = {{ column = "when", format = "{format}" }}
path = {{ constant = "many" }}
channel = {{ constant = "email" }}
cost = {{ column = "cost" }}
"""


def mails(spec: str = "", format: str = "%Y-%m-%d") -> str:
    """A recipe for files of sent mails."""
    return MAILS.format(spec=spec, format=format)


def real_data(*parts: str) -> Path:
    """A file or folder of the real data; the test is skipped where it is absent."""
    path = DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"the real data are not here: {path}")
    return path
