"""What can happen to colleagues, teams and keys."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models import Q

from halves.access import audit
from halves.access.errors import LastOwner, TokenUnknown, UserExists
from halves.access.models import ApiToken, House, Role, Team, User

SCOPES = ("read", "write", "export")
_CHANGED = ("name", "role", "team", "time_zone", "is_active")


def add_user(
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    at: datetime,
    by: User | None = None,
    team: Team | None = None,
    time_zone: str = "UTC",
) -> User:
    """Let someone in.

    Raises:
        UserExists: the address is known already.
        ValidationError: the password is too weak; says why.
    """
    user = User(
        email=email.strip(), name=name.strip(), role=role, team=team, time_zone=time_zone, since=at
    )
    validate_password(password, user)
    user.set_password(password)
    try:
        with transaction.atomic():
            user.save()
            audit.record("user.add", user, by=by, at=at, after=audit.fields_of(user, _CHANGED))
    except IntegrityError:
        raise UserExists(f"there is a user {email} already") from None
    return user


def change_user(user: User, *, by: User | None, at: datetime, **changes: object) -> User:
    """Change what a colleague is called, may do, and belongs to.

    Raises:
        LastOwner: nobody would be left who may let others in.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        before = audit.fields_of(user, _CHANGED)
        for name in changes:
            if name not in _CHANGED:
                raise ValueError(f"{name} of a user cannot be changed here")
        for name, value in changes.items():
            setattr(user, name, value)
        user.save(update_fields=list(changes))
        owners = User.objects.filter(role=Role.OWNER, is_active=True)
        if before["role"] == Role.OWNER and not owners.exists():
            raise LastOwner("make someone else an owner first: this is the only one")
        after = audit.fields_of(user, _CHANGED)
        audit.record("user.change", user, by=by, at=at, before=before, after=after)
    return user


def add_team(name: str, *, by: User | None, at: datetime) -> Team:
    """Make a team; one of that name stays as it is."""
    with transaction.atomic():
        team, is_new = Team.objects.get_or_create(name=name.strip())
        if is_new:
            audit.record("team.add", team, by=by, at=at, after={"name": team.name})
    return team


def change_house(*, by: User, at: datetime, name: str, is_by_team: bool) -> House:
    """Change what holds for everyone."""
    with transaction.atomic():
        house = House.get()
        before = audit.fields_of(house, ["name", "is_by_team"])
        house.name, house.is_by_team = name, is_by_team
        house.save()
        after = audit.fields_of(house, ["name", "is_by_team"])
        audit.record("house.change", house, by=by, at=at, before=before, after=after)
    return house


def make_token(
    user: User,
    *,
    name: str,
    scopes: Sequence[str],
    at: datetime,
    expires_at: datetime | None = None,
) -> str:
    """Make a key for programs. It is shown this once: only its digest is kept."""
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise ValueError(f"scopes must be of {', '.join(SCOPES)}, got {list(scopes)}")
    secret = f"hv_{token_urlsafe(32)}"
    with transaction.atomic():
        token = ApiToken.objects.create(
            user=user,
            name=name,
            digest=_digest(secret),
            begins=secret[:8],
            scopes=sorted(set(scopes)),
            password_state=user.get_session_auth_hash(),
            made_at=at,
            expires_at=expires_at,
        )
        audit.record("token.add", token, by=user, at=at, after={"name": name, "scopes": scopes})
    return secret


def token_of(secret: str, *, at: datetime) -> ApiToken:
    """The token that a program showed.

    Raises:
        TokenUnknown: it is none, or it holds no more.
    """
    token = ApiToken.objects.select_related("user__team").filter(digest=_digest(secret)).first()
    if token is None:
        raise TokenUnknown("this token is not known")
    insist_on_live(token, at=at)
    is_stale = Q(used_at=None) | Q(used_at__lt=at.replace(second=0, microsecond=0))
    ApiToken.objects.filter(is_stale, pk=token.pk).update(used_at=at)
    return token


def insist_on_live(token: ApiToken, *, at: datetime) -> None:
    """Refuse a token that holds no more.

    Raises:
        TokenUnknown: its user left, it ran out, or the password was changed.
    """
    if not token.user.is_active:
        raise TokenUnknown("this token is not known")
    if token.expires_at is not None and token.expires_at <= at:
        raise TokenUnknown(f"this token ran out at {token.expires_at:%Y-%m-%d %H:%M} UTC")
    if token.password_state != token.user.get_session_auth_hash():
        raise TokenUnknown("the password was changed since this token was made: make a new one")


def remove_token(token: ApiToken, *, by: User, at: datetime) -> None:
    """Make a key useless."""
    with transaction.atomic():
        audit.record("token.remove", token, by=by, at=at, before={"name": token.name})
        token.delete()


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
