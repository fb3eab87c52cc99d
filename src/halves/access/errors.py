"""What access refuses, by name."""

from collections.abc import Sequence


class AccessError(Exception):
    """Anything that access refuses."""


class MayNot(AccessError):
    """Someone asked for what their role does not allow."""

    def __init__(self, verb: str, kind: str, roles: Sequence[str]) -> None:
        who = ", ".join(roles) or "nobody"
        super().__init__(f"you may not {verb} a {kind.replace('_', ' ')}; who may: {who}")
        self.verb, self.kind, self.roles = verb, kind, tuple(roles)


class LastOwner(AccessError):
    """The only owner would be gone: make someone else an owner first."""


class UserExists(AccessError):
    """There is a user with this e-mail address."""


class TokenUnknown(AccessError):
    """No such token, or it has run out, or the password was changed since."""
