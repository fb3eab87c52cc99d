"""Contacts and companies of a file, written to people in short transactions."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import IntegrityError, transaction

from halves.access.models import User
from halves.connect.targets import Read
from halves.imports.accounts import Accounts
from halves.imports.matching import Known, known
from halves.imports.models import ImportPart
from halves.imports.reading import read
from halves.imports.undoing import proof_of, take_out
from halves.imports.unwilling import counted
from halves.ledger import Ledger
from halves.people.models import Account, Consent, Identifier, Person
from halves.people.suppressed import refusals
from halves.people.words import plain_words

OnRows = Callable[[str, int, int], None]
CHUNK = 100  # rows a transaction: a few tens of milliseconds on SQLite
_STAND_IN = "account:"  # a company that buys where a deal names no contact: it is nobody
_FILLED = ("name", "email", "phone", "title", "account", "owner", "region")
_SHOWN = 20
_KEPT = ("people", "met", "accounts", "identifiers", "keys", "filled")


class Contacts:
    """Where an import's contacts and companies go: it is a `connect.targets.Keeper`.

    Args:
        source: the outside system; its ids are kept under this name.
        book: the ledger, which is told that two ids are one person.
        at: now.
        is_newer: whether the file's values replace ours; else they only fill what is empty.
        country: of telephone numbers that name none.
        on_rows: told how many rows are written, of how many that were read; it may raise.
    """

    def __init__(
        self,
        *,
        source: str,
        book: Ledger,
        at: datetime,
        is_newer: bool = False,
        country: str | None = None,
        on_rows: OnRows = lambda target, done, of: None,
    ) -> None:
        self._on_rows, self._done, self._of = on_rows, 0, 0
        self.source, self.at = source[:40], at
        self.made = {"people": 0, "accounts": 0, "filled": 0, "known": 0, "conflicts": 0}
        self.conflicts: list[str] = []
        self.unwilling = {"suppressed": 0, "said_no": 0}
        self._book, self._is_newer, self._country = book, is_newer, country
        self._same: dict[str, str] = {}  # the file's id → the ledger id of the person it is
        self._owners = _owners()
        self._accounts = Accounts(self._owners, at=at, is_newer=is_newer)

    def read(self, target: str, rows: pa.RecordBatch) -> Read:
        """Normalise, see `reading.read`; and count who is not to be contacted."""
        found = read(target, rows, country=self._country)
        if target == "contacts":
            for name, count in counted(found.rows, at=self.at).items():
                self.unwilling[name] += count
        return found

    def append(self, target: str, rows: pa.RecordBatch, *, batch: str) -> None:
        """Write a batch, a short transaction at a time."""
        self._of += rows.num_rows
        for place in range(0, rows.num_rows, CHUNK):
            self._on_rows(target, self._done, self._of)
            said = rows.slice(place, CHUNK).to_pylist()
            if target != "companies":
                said = [one for one in said if _is_someone(one["person_id"])]
            else:
                said = [one for one in said if one["account_id"]]
            if said:
                self._write(target, said, batch)
            self._done += min(CHUNK, rows.num_rows - place)

    def finish(self, *, batch: str) -> None:
        """Tell the ledger who is one person, so that all touches are on one timeline."""
        if self._same:
            self._book.merge_many(self._same, at=self.at, batch=batch)

    def undo(self, batch: str) -> Mapping[str, int]:
        """Take out what an import made, and give back what it filled."""
        return take_out(batch, at=self.at)

    def _write(self, target: str, said: list[dict[str, Any]], batch: str) -> None:
        """Accounts and people in a transaction each, so that nobody waits long for the file."""
        if target == "companies":
            self._kept(self._accounts.write, said, batch)
            return
        accounts: dict[str, Account] = {}

        def find_accounts(said: list[dict[str, Any]], part: ImportPart) -> dict[str, int]:
            accounts.update(self._accounts.of_people(said, part))
            return {"accounts": len(part.accounts)}

        self._kept(find_accounts, said, batch)
        self._kept(lambda said, part: self._people(said, accounts, part), said, batch)

    def _kept(
        self,
        write: Callable[[list[dict[str, Any]], ImportPart], dict[str, int]],
        said: list[dict[str, Any]],
        batch: str,
    ) -> None:
        """Write in one transaction, together with what it takes to take it back."""
        for is_last in (False, False, True):
            part = ImportPart(import_id=batch)
            try:
                with transaction.atomic():
                    counts = write(said, part)
                    if any(getattr(part, name) for name in _KEPT):
                        part.save()
            except IntegrityError:  # someone wrote the same address at this moment: look again
                if is_last:
                    raise
            else:
                for name, count in counts.items():
                    self.made[name] += count
                return

    def _people(
        self, said: list[dict[str, Any]], accounts: Mapping[str, Account], part: ImportPart
    ) -> dict[str, int]:
        found = known(said, self.source)
        new, changed, conflicts = {}, {}, []
        for row in said:
            person = found.person_of(row)
            values = self._values(row, accounts)
            if person is None:
                since = row.get("created") or row.get("since") or self.at
                person = Person(ledger_id=row["person_id"], created_at=since, changed_at=self.at)
                new[row["person_id"]] = person
                found.met(row, person)
            elif person.ledger_id != row["person_id"]:
                self._same[row["person_id"]] = person.ledger_id
            conflicts += found.without_taken(values, person)
            before = self._fill(person, values)
            found.hold(row, person, values)
            if before and person.pk is not None:
                changed.setdefault(person.pk, (person, {}))[1].update(
                    {name: one for name, one in before.items() if name not in changed[person.pk][1]}
                )
        self._save(list(new.values()), changed, found, part)
        self._tell(conflicts)
        return {
            "people": len(new),
            "filled": len(changed),
            "known": len(said) - len(new),
            "conflicts": len(conflicts),
        }

    def _values(self, row: Mapping[str, Any], accounts: Mapping[str, Any]) -> dict[str, Any]:
        parts = (row.get("first_name"), row.get("last_name"))
        name = row.get("name") or " ".join(part for part in parts if part)
        owner = self._owners.get((row.get("owner") or "").strip().casefold())
        plain = {one: row.get(one) or "" for one in ("email", "phone", "title", "region")}
        account = accounts.get(row.get("account_id") or "") or accounts.get(
            f"name:{(row.get('account_name') or '').casefold()}"
        )
        return plain | {"name": name[:200], "owner": owner, "account": account}

    def _fill(self, person: Person, values: Mapping[str, Any]) -> dict[str, list[Any]]:
        """Fill what is empty, or replace it where the file is newer; what was there before."""
        before = {}
        for name in _FILLED:
            new, old = values[name], getattr(person, name)
            if not new or new == old or (old and not self._is_newer):
                continue
            before[name] = [_key(old), _key(new)]
            setattr(person, name, new)
        if "owner" in before:
            person.team = person.owner.team if person.owner else None
        account = person.account.name if person.account else ""
        person.words = plain_words(person.name, person.email, person.phone, account)
        return before

    def _save(
        self,
        new: list[Person],
        changed: Mapping[int, tuple[Person, dict[str, list[Any]]]],
        found: Known,
        part: ImportPart,
    ) -> None:
        Person.objects.bulk_create(new)
        for person, _ in changed.values():
            person.changed_at, person.version = self.at, person.version + 1
        names = [*_FILLED, "team", "words", "changed_at", "version"]
        Person.objects.bulk_update([person for person, _ in changed.values()], names)
        given = [
            Identifier(person=person, kind=kind, value=value, source=self.source, at=self.at)
            for (kind, value), person in found.new.items()
        ]
        Identifier.objects.bulk_create(given)
        met = [*new, *(person for person, _ in changed.values())]
        Consent.objects.bulk_create(refusals(met, at=self.at, proof=proof_of(part.import_id)))
        mine = {person.pk for person in new}
        part.people, part.met = sorted(mine), found.met_before(mine)
        part.identifiers = [one.pk for one in given if one.person_id not in mine]
        part.filled += [["person", key, before] for key, (_, before) in changed.items()]

    def _tell(self, conflicts: list[str]) -> None:
        self.conflicts += conflicts[: max(_SHOWN - len(self.conflicts), 0)]


def _is_someone(person_id: str | None) -> bool:
    return bool(person_id) and not str(person_id).startswith(_STAND_IN)


def _owners() -> dict[str, User]:
    """Colleagues by e-mail address and by name; a name that two have is nobody's."""
    users = list(User.objects.select_related("team").filter(is_active=True))
    names = [user.name.strip().casefold() for user in users]
    found = {name: user for name, user in zip(names, users, strict=True) if names.count(name) == 1}
    found |= {user.email.casefold(): user for user in users}
    found.pop("", None)
    return found


def _key(value: Any) -> Any:
    return value.pk if hasattr(value, "pk") else value
