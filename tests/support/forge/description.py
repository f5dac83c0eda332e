"""What goes over the wire, compared with an OpenAPI description."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from openapi_core import OpenAPI
from openapi_core.exceptions import OpenAPIError
from openapi_core.testing import MockRequest, MockResponse

from tests.support.forge.wire import Answer, Request

HOST = "https://api.example.com"


class Description:
    """An OpenAPI description; only the operations that are used are looked at."""

    def __init__(self, document: dict[str, Any], paths: Iterable[str]) -> None:
        self.document = _cut(document, paths)
        self._checked = OpenAPI.from_dict(self.document)

    def check(self, request: Request, answer: Answer | None) -> None:
        """Fails where a request or its answer is not as described; without an answer only the request is looked at."""
        line = f"{request.method} {request.path}"
        asked = MockRequest(
            HOST, request.method, request.path, args=request.query, headers=request.headers, data=request.body
        )
        try:
            self._checked.validate_request(asked)
            if answer:
                said = MockResponse(answer.body, answer.status, headers=answer.headers)
                self._checked.validate_response(asked, said)
        except OpenAPIError as error:
            causes = getattr(error.__cause__, "schema_errors", ()) or (error.__cause__ or error,)
            raise AssertionError(
                f"{line} {answer and answer.status}: {[str(cause)[:300] for cause in causes]}"
            ) from None
        _no_other_fields(self._operation(asked), request)

    def _operation(self, asked: MockRequest) -> dict[str, Any]:
        for path, operations in self.document["paths"].items():
            if _matches(path, asked.path) and asked.method in operations:
                found: dict[str, Any] = operations[asked.method]
                return {**found, "_document": self.document}
        raise AssertionError(f"{asked.method} {asked.path} is not described")


def _no_other_fields(operation: dict[str, Any], request: Request) -> None:
    """A forge takes no notice of a parameter or field that it does not know; so a slip would go unseen."""
    document = operation["_document"]
    known = {_resolved(document, parameter)["name"] for parameter in operation.get("parameters", ())}
    assert set(request.query) <= known, f"{request.method} {request.path}: {set(request.query) - known}"
    if request.data is not None:
        content = _resolved(document, operation["requestBody"])["content"]["application/json"]
        fields = set(_fields(document, content["schema"]))
        assert set(request.data) <= fields, f"{request.method} {request.path}: {set(request.data) - fields}"


def _fields(document: dict[str, Any], schema: dict[str, Any]) -> Iterator[str]:
    schema = _resolved(document, schema)
    yield from schema.get("properties", ())
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        yield from _fields(document, part)


def _matches(template: str, path: str) -> bool:
    parts, found = template.split("/"), path.split("/")
    return len(parts) == len(found) and all(p.startswith("{") or p == f for p, f in zip(parts, found, strict=True))


def _resolved(document: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        node = _at(document, node["$ref"])
    return node


def _at(document: dict[str, Any], reference: str) -> dict[str, Any]:
    found = document
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return found


def _cut(document: dict[str, Any], paths: Iterable[str]) -> dict[str, Any]:
    """These paths and what they refer to, without examples."""
    cut: dict[str, Any] = {key: document[key] for key in ("openapi", "info")}
    cut["servers"] = [{"url": HOST}]
    cut["paths"] = {path: _without_examples(document["paths"][path]) for path in paths}
    cut["components"] = {}
    todo = _references(cut["paths"])
    done: set[str] = set()
    while todo:
        reference = todo.pop()
        if reference in done:
            continue
        done.add(reference)
        _, kind, name = reference.removeprefix("#/").split("/")
        part = _without_examples(document["components"][kind][name])
        cut["components"].setdefault(kind, {})[name] = part
        todo += _references(part)
    return cut


def _without_examples(node: Any) -> Any:
    if isinstance(node, dict):
        # A property of this name is a schema, and a schema is a map that has a type or a reference.
        return {k: _without_examples(v) for k, v in node.items() if k != "examples" and not _is_example(k, v)}
    return [_without_examples(item) for item in node] if isinstance(node, list) else node


def _is_example(key: str, value: Any) -> bool:
    return key == "example" and not (isinstance(value, dict) and ("type" in value or "$ref" in value))


def _references(node: Any) -> list[str]:
    if isinstance(node, dict):
        own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
        return own + [reference for value in node.values() for reference in _references(value)]
    return [reference for item in node for reference in _references(item)] if isinstance(node, list) else []
