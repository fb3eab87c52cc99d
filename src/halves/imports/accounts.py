"""The organisations of a file, found among those we know or made."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.db.models import Q

from halves.access.models import User
from halves.imports.models import AccountKey, ImportPart
from halves.people.models import Account

_FILLED = ("name", "domain", "website", "industry", "region", "owner")


class Accounts:
    """Accounts by the file's ids and names; those that contacts name are made as they come."""

    def __init__(self, owners: Mapping[str, User], *, at: datetime, is_newer: bool) -> None:
        self._owners, self._at, self._is_newer = owners, at, is_newer

    def write(self, said: list[dict[str, Any]], part: ImportPart) -> dict[str, int]:
        """Companies of a file: fill those we know, make the others."""
        found = self._by_id(row["account_id"] for row in said)
        by_domain = _by_domain(_domain(row) for row in said)
        new: dict[str, Account] = {}
        keys: list[AccountKey] = []
        changed: dict[int, tuple[Account, dict[str, Any]]] = {}
        for row in said:
            account = found.get(row["account_id"])
            if account is None and (same := by_domain.get(_domain(row))) is not None:
                account = same
                keys.append(AccountKey(account=account, value=row["account_id"]))
            if account is None:
                account = self._new(row["account_id"], row.get("name"))
                new[row["account_id"]] = account
            found[row["account_id"]] = account
            before = self._fill(account, row)
            if before and account.pk is not None:
                kept = changed.setdefault(account.pk, (account, {}))[1]
                kept.update({name: one for name, one in before.items() if name not in kept})
        self._save(new, changed, keys, part)
        return {"accounts": len(new), "filled": len(changed), "known": len(said) - len(new)}

    def of_people(self, said: list[dict[str, Any]], part: ImportPart) -> dict[str, Account]:
        """The accounts that contacts belong to, by id, and by `name:` where there is no id."""
        ids = {row["account_id"]: row for row in said if row.get("account_id")}
        found = self._by_id(ids)
        names = {
            row["account_name"].casefold(): row
            for row in said
            if row.get("account_name") and not row.get("account_id")
        }
        named = Account.objects.filter(_any_name(one["account_name"] for one in names.values()))
        for account in named.order_by("pk"):
            found.setdefault(f"name:{account.name.casefold()}", account)
        new = {
            key: self._new(key, row.get("account_name"))
            for key, row in ids.items()
            if key not in found
        }
        for account in new.values():
            found.setdefault(f"name:{account.name.casefold()}", account)
        for name, row in names.items():
            if f"name:{name}" not in found:
                new[f"name:{name}"] = self._new(row["account_name"], row["account_name"])
        self._save(new, {}, [], part)
        return found | new

    def _by_id(self, ids: Iterable[str]) -> dict[str, Account]:
        wanted = list(ids)
        related = Account.objects.select_related("owner__team")
        found = {
            one.value: one.account
            for one in AccountKey.objects.select_related("account").filter(value__in=wanted)
        }
        return found | {one.ledger_id: one for one in related.filter(ledger_id__in=wanted)}

    def _new(self, key: str, name: str | None) -> Account:
        return Account(
            ledger_id=key, name=(name or key)[:200], created_at=self._at, changed_at=self._at
        )

    def _fill(self, account: Account, row: Mapping[str, Any]) -> dict[str, list[Any]]:
        values = {name: row.get(name) or "" for name in _FILLED} | {"domain": _domain(row)}
        values["owner"] = self._owners.get((row.get("owner") or "").strip().casefold())
        before = {}
        for name, new in values.items():
            old = getattr(account, name)
            is_empty = not old or (name == "name" and old == account.ledger_id)
            if not new or new == old or not (is_empty or self._is_newer):
                continue
            before[name] = [old.pk if isinstance(old, User) else old, getattr(new, "pk", new)]
            setattr(account, name, new)
        if "owner" in before:
            account.team = account.owner.team if account.owner else None
        return before

    def _save(
        self,
        new: Mapping[str, Account],
        changed: Mapping[int, tuple[Account, dict[str, Any]]],
        keys: list[AccountKey],
        part: ImportPart,
    ) -> None:
        Account.objects.bulk_create(new.values())
        part.accounts += [one.pk for one in new.values()]
        AccountKey.objects.bulk_create(keys)
        part.keys += [one.pk for one in keys]
        for account, _ in changed.values():
            account.changed_at, account.version = self._at, account.version + 1
        names = [*_FILLED, "team", "changed_at", "version"]
        Account.objects.bulk_update([account for account, _ in changed.values()], names)
        part.filled += [["account", key, before] for key, (_, before) in changed.items()]


def _any_name(names: Iterable[str]) -> Q:
    wanted = Q(pk__in=[])
    for name in names:
        wanted |= Q(name__iexact=name)
    return wanted


def _by_domain(domains: Iterable[str]) -> dict[str, Account]:
    """Accounts by their domain, where only one has it."""
    rows = list(Account.objects.filter(domain__in={one for one in domains if one}))
    times: dict[str, int] = {}
    for one in rows:
        times[one.domain] = times.get(one.domain, 0) + 1
    return {one.domain: one for one in rows if times[one.domain] == 1}


def _domain(row: Mapping[str, Any]) -> str:
    """The domain that a file states, else that of the website."""
    said = (row.get("domain") or "").strip().lower()
    if not said and row.get("website"):
        site = row["website"].strip().lower()
        try:
            said = urlsplit(site if "//" in site else f"//{site}").hostname or ""
        except ValueError:
            said = ""
    return said.removeprefix("www.")[:200]
