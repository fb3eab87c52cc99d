"""Ways to reach people besides mail; copy a module to add one, and name it below.

Plain data in and out; see README.md beside this file.
"""

from collections.abc import Callable, Mapping

from halves.connect.channels.channel import (
    Address,
    Channel,
    Needs,
    Outcome,
    Text,
    What,
)
from halves.connect.channels.sms_http import SmsHttp
from halves.connect.channels.webhook import Webhook

__all__ = ["CHANNELS", "Address", "Channel", "Needs", "Outcome", "Text", "What"]

CHANNELS: Mapping[str, Callable[[], Channel]] = {"sms": SmsHttp, "webhook": Webhook}
