"""What ninja leaves out of the OpenAPI document: examples, problems, keys and versions."""

from typing import Any

from halves.api.problems import MEDIA, of_status
from halves.api.shapes import ProblemShape

_WRITES = ("post", "put", "patch", "delete")
_ALWAYS = (401, 403, 405, 429, 500, 503)
_TEXT = ("text/csv",)
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "required": False,
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
    "description": "Sent again within 24 hours with the same request, it happens once.",
    "example": "6f1d0c3e-order-17",
}
_MATCH = {
    "in": "header",
    "name": "If-Match",
    "required": False,
    "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$'},
    "description": "The ETag that was read; or send `version` in the body.",
    "example": '"1"',
}
_SCHEMES = {
    "token": {"type": "http", "scheme": "bearer", "description": "Authorization: Bearer hv_…"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "sessionid",
        "description": "A signed-in browser; writes also need the header X-CSRFToken.",
    },
}


def completed(document: dict[str, Any]) -> dict[str, Any]:
    """The whole document, from ninja's."""
    components = document["components"]
    components["securitySchemes"] = _SCHEMES
    schema = ProblemShape.model_json_schema(ref_template="#/components/schemas/{model}")
    components["schemas"] |= schema.pop("$defs")
    components["schemas"]["Problem"] = schema
    document["security"] = [{"token": []}, {"session": []}]
    for path, methods in document["paths"].items():
        for method, said in methods.items():
            _complete(said, method, path, components["schemas"])
    return document


def _complete(said: dict[str, Any], method: str, path: str, schemas: dict[str, Any]) -> None:
    responses = said["responses"]
    files = said.pop("x-file")
    for media in files:
        shape = {"type": "string"} | ({} if media in _TEXT else {"format": "binary"})
        responses[200].setdefault("content", {})[media] = {"schema": shape}
    for holder in (said.get("requestBody"), *responses.values()):
        for kind, media in (holder or {}).get("content", {}).items():
            if kind in files:
                continue
            found = _example(media["schema"], schemas)
            if found is not None:
                media["example"] = found
    if method in _WRITES:
        said["parameters"] = [*said["parameters"], _KEY]
    if "version" in _properties(said, schemas):
        if _is_of_one(path):
            said["parameters"] = [*said["parameters"], _MATCH]
        well = next(status for status in responses if int(status) < 300)
        responses[well]["headers"] = {
            "ETag": {"schema": {"type": "string"}, "description": "For If-Match."}
        }
    for status in _refusals(said, method, path, schemas):
        problem = of_status(status)
        shown = {
            "type": f"urn:halves:problem:{problem.kind}",
            "title": problem.kind.replace("-", " ").capitalize(),
            "status": status,
            "detail": problem.detail,
        }
        media = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": shown}
        responses[status] = {"description": shown["title"], "content": {MEDIA: media}}


def _refusals(said: dict[str, Any], method: str, path: str, schemas: dict[str, Any]) -> list[int]:
    found = {*_ALWAYS, *said.pop("x-refuses")}
    if _is_of_one(path):
        found.add(404)
    if said["parameters"] or "requestBody" in said:
        found.add(422)
    if method in _WRITES:
        found |= {409, 413}
    if "requestBody" in said:
        found.add(400)
    if _is_of_one(path) and "version" in _properties(said, schemas):
        found |= {412, 428}
    return sorted(found)


def _is_of_one(path: str) -> bool:
    """About something that is there already: a change of it may say which version it read."""
    return "{" in path


def _properties(said: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    content = said.get("requestBody", {}).get("content", {})
    schema = content.get("application/json", {}).get("schema", {})
    return _found(schema, schemas).get("properties", {})


def _found(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    reference = schema.get("$ref", "")
    return schemas[reference.rsplit("/", 1)[-1]] if reference else schema


def _example(schema: dict[str, Any], schemas: dict[str, Any]) -> Any:
    """A shape's example, or one made of its parts' examples."""
    schema = _found(schema, schemas)
    if schema.get("examples"):
        return schema["examples"][0]
    if schema.get("type") == "array":
        one = _example(schema["items"], schemas)
        return None if one is None else [one]
    if schema.get("type") == "object" and "properties" in schema:
        return {name: _example(part, schemas) for name, part in schema["properties"].items()}
    if "anyOf" in schema:
        return None
    return {"string": "", "integer": 1, "boolean": False}.get(schema.get("type", ""))
