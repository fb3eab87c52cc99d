"""What an assistant, or somebody at a terminal, can do: the operations of the API, as tools."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Any

from halves.access.models import User
from halves.access.rules import Verb, may
from halves.api.house import api

_REF = "#/components/schemas/"
_HERE = "/api/v1"

# What makes or edits something that stays with colleagues until a person sends, publishes or
# launches it. Whatever is neither read nor named here waits for a person: so does what is new.
# Not here, since they steer what a person launched before: an audience's question, which is asked
# again when a campaign is sent, and a person's address. Nor what the world sees at once: what a
# page that is out asks for, its price and its links.
DRAFTS = frozenset(
    {
        "account_add",
        "account_change",
        "account_note_add",
        "account_tag",
        "answer_ask",
        "audience_add",
        "audience_count",
        "call_draw",
        "campaign_change",
        "campaign_draft",
        "campaign_duplicate",
        "campaign_look",
        "campaign_measure",
        "concern_add",
        "concern_answer_add",
        "concern_at_scale",
        "concern_listen",
        "conversation_log",
        "deal_add",
        "deal_change",
        "deal_lines",
        "duplicate_search",
        "experiment_change",
        "experiment_draft",
        "experiment_draft_next",
        "experiment_look",
        "experiment_weigh",
        "group_add",
        "import_check",
        "offer_add",
        "page_add",
        "person_add",
        "person_note_add",
        "person_tag",
        "pipeline_forecast_ask",
        "proof_add",
        "quote_draft",
        "story_add",
        "story_change",
        "task_add",
        "task_change",
        "view_save",
    }
)
# Drafts that change who answers a question: while a launched campaign is still to ask one, they
# would change whom it tells, and wait for a person too.
STEERS = frozenset(
    {
        "account_change",
        "account_tag",
        "conversation_log",
        "deal_add",
        "deal_change",
        "deal_lines",
        "person_add",
        "person_tag",
    }
)
# What hands out or takes in a secret, or lets somebody in: not for programs that read what
# strangers wrote. Whole rooms, so that what is new in them is no tool either; and single ones.
SECRET_ROOMS = frozenset({"sources", "tokens", "webhook-deliveries", "webhooks"})
NEVER = frozenset(
    {"house_change", "import_add", "measuring_change", "team_add", "user_add", "user_change"}
)


class ArgumentWrong(ValueError):
    """An argument is missing, unknown, or not what its place takes; says which."""


class Kind(StrEnum):
    """What a call of a tool does."""

    READ = "read"
    DRAFT = "draft"
    ASKS = "asks"  # a person must confirm it


@dataclass(frozen=True)
class Tool:
    """One operation.

    Args:
        name: its `operationId`.
        summary: what it does, in a sentence.
        method, path: where it is; the path holds `{names}`.
        kind: whether a person must confirm.
        verb, of, scope: what it needs of the caller.
        parameters: where each argument goes: `path` or `query`; all others are the body's.
        schema: JSON Schema of the arguments.
    """

    name: str
    summary: str
    method: str
    path: str
    kind: Kind
    verb: Verb
    of: str
    scope: str
    parameters: Mapping[str, str]
    schema: Mapping[str, Any]

    @property
    def room(self) -> str:
        """The first part of its path."""
        return _room(self.path)

    def is_for(self, user: User, scopes: list[str] | None) -> bool:
        """Say whether the user's role, and the scopes of their token, allow it."""
        return may(user, self.verb, self.of) and (scopes is None or self.scope in scopes)


@cache
def tools() -> Mapping[str, Tool]:
    """All tools, by name."""
    document = api.get_openapi_schema(path_prefix="")
    schemas = document["components"]["schemas"]
    found = {
        said["operationId"]: _tool(method.upper(), path, said, schemas)
        for path, methods in document["paths"].items()
        for method, said in methods.items()
        if not _is_secret(path, said["operationId"]) and not _takes_away(method, said)
    }
    return dict(sorted(found.items()))


def _room(path: str) -> str:
    return path.strip("/").partition("/")[0]


def _is_secret(path: str, name: str) -> bool:
    return _room(path) in SECRET_ROOMS or name in NEVER


def _takes_away(method: str, said: Mapping[str, Any]) -> bool:
    """It gives out all at once, or a file, or takes one in."""
    if method == "get" and said["x-needs"]["scope"] == "export":
        return True
    kinds = {*said.get("requestBody", {}).get("content", {})}
    for status, response in said["responses"].items():
        kinds |= {*response.get("content", {})} if int(status) < 300 else set()
    return bool(kinds - {"application/json"})


def _tool(method: str, path: str, said: Mapping[str, Any], schemas: Mapping[str, Any]) -> Tool:
    needs, named = said["x-needs"], said["parameters"]
    taken = {one["name"]: one["in"] for one in named if one["in"] in ("path", "query")}
    properties = {
        one["name"]: one["schema"] | _described(one) for one in named if one["name"] in taken
    }
    required = [one["name"] for one in named if one.get("required") and one["name"] in taken]
    body = said.get("requestBody", {}).get("content", {}).get("application/json", {})
    shape = _resolved(body.get("schema", {}), schemas)
    if properties.keys() & shape.get("properties", {}).keys():
        raise ValueError(f"{said['operationId']}: an argument has two places")
    properties |= shape.get("properties", {})
    required += shape.get("required", [])
    return Tool(
        name=said["operationId"],
        summary=said["summary"],
        method=method,
        path=path,
        kind=_kind(method, said["operationId"], needs["scope"]),
        verb=Verb(needs["verb"]),
        of=needs["kind"],
        scope=needs["scope"],
        parameters=taken,
        schema=_whole(properties, required, schemas),
    )


def _kind(method: str, name: str, scope: str) -> Kind:
    if method == "GET" or scope == "read":
        return Kind.READ
    return Kind.DRAFT if name in DRAFTS else Kind.ASKS


def _described(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"description": one["description"]} if one.get("description") else {}


def _resolved(schema: Mapping[str, Any], schemas: Mapping[str, Any]) -> Mapping[str, Any]:
    name = schema.get("$ref", "").removeprefix(_REF)
    return schemas[name] if name else schema


def _whole(
    properties: Mapping[str, Any], required: list[str], schemas: Mapping[str, Any]
) -> dict[str, Any]:
    """A schema that needs nothing from elsewhere."""
    whole: dict[str, Any] = {"type": "object", "properties": dict(properties)}
    whole["additionalProperties"] = False
    if required:
        whole["required"] = required
    found: dict[str, Any] = {}
    waiting = _named(whole)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found[name] = schemas[name]
            waiting |= _named(found[name])
    if found:
        whole["$defs"] = found
    return _moved(whole)


def _named(part: Any) -> set[str]:
    return set(re.findall(rf"'\$ref': '{_REF}([^']+)'", repr(part)))


def _moved(part: Any) -> Any:
    """The same, with its references where a tool's are."""
    if isinstance(part, dict):
        return {
            key: value.replace(_REF, "#/$defs/")
            if key == "$ref" and isinstance(value, str)
            else _moved(value)
            for key, value in part.items()
        }
    return [_moved(one) for one in part] if isinstance(part, list) else part


def address(tool: Tool, arguments: Mapping[str, Any]) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Where a call goes: its path, what its query says, and its body.

    Raises:
        ArgumentWrong: says which.
    """
    known = tool.schema["properties"]
    strange = sorted(arguments.keys() - known.keys())
    if strange:
        takes = ", ".join(known) or "nothing"
        raise ArgumentWrong(f"{tool.name} has no {', '.join(strange)}: it takes {takes}")
    missing = [name for name in tool.schema.get("required", []) if name not in arguments]
    if missing:
        raise ArgumentWrong(f"{tool.name} needs {', '.join(missing)}")
    path, query, body = tool.path, {}, {}
    for name, value in arguments.items():
        place = tool.parameters.get(name)
        if place == "path":
            path = path.replace(f"{{{name}}}", _in_path(tool, name, value))
        elif place == "query" and value is not None:
            several = value if isinstance(value, list) else [value]
            query[name] = [_in_words(one) for one in several]
        elif place is None:
            body[name] = value
    return _HERE + path, query, body


def _in_path(tool: Tool, name: str, value: Any) -> str:
    """A value that leads nowhere but to its own operation."""
    said = str(value)
    if tool.schema["properties"][name].get("type") == "integer":
        if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,18}", said):
            raise ArgumentWrong(f"{name} must be a whole number, got {value!r}")
        return said
    is_last = tool.path.endswith(f"{{{name}}}")  # then a / in it leads to no other operation
    if "{" in said or "}" in said or ("/" in said and not (is_last and tool.method == "GET")):
        raise ArgumentWrong(f"{name} may have no braces or slashes, got {value!r}")
    return said


def _in_words(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
