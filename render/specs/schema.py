"""The JSON Schemas of the kinds: which fields there are, of which types, and what to say where they are broken.

The files in `schemas/` are JSON Schema 2020-12; `docs/schemas/` has them as editors read them. The versions that
a spec may name come from `releases.yaml` and are filled in here, so that adding a release changes no schema.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from render.kustomize.problem import Problem
from render.messages import did_you_mean, value_text
from render.specs import releases
from render.specs.releases import Releases
from render.specs.schema_checker import Check, compile_check, regular_expression

if TYPE_CHECKING:
    from jsonschema import ValidationError
    from jsonschema.protocols import Validator

FOLDER = Path(__file__).with_name("schemas")

# Sail pins an IstioRevision to a release, and knows ZTunnel from 1.24 on.
_VERSIONS: Mapping[str, Callable[[Releases], tuple[str, ...]]] = {
    "Istio": lambda known: known.versions(),
    "IstioRevision": lambda known: known.versions(aliases=False),
    "IstioCNI": lambda known: known.versions(),
    "ZTunnel": lambda known: known.versions(since="1.24"),
}


_TYPE_NAMES = {
    "object": "an object (fields with values)",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "null": "nothing",
}


def problems(kind: str, data: Mapping[str, Any], known: Releases | None = None) -> list[Problem]:
    """Everything in which an object of this kind differs from its schema; empty when nothing does. `known` are the
    releases that a message may propose, without them those of this program."""
    if _check(kind)(data):
        return []
    known = known or releases.builtin_releases()
    found = (problem for error in _validator(kind).iter_errors(data) for problem in _explain(kind, error, known))
    return list(dict.fromkeys(found))


@cache
def schema(kind: str) -> dict[str, Any]:
    """Returns the schema of a kind, complete. It must not be changed."""
    data: dict[str, Any] = json.loads((FOLDER / f"{kind.lower()}.json").read_bytes())
    if kind in _VERSIONS:
        data["$defs"]["version"]["enum"] = list(_VERSIONS[kind](releases.builtin_releases()))
    return data


@cache
def _check(kind: str) -> Check:
    return compile_check(schema(kind))


@cache
def _validator(kind: str) -> Validator:
    """jsonschema's validator, with patterns read as the standard reads them."""
    from jsonschema import Draft202012Validator, ValidationError
    from jsonschema.validators import extend

    def pattern(
        _validator: Validator, expression: str, found: object, _schema: Mapping[str, Any]
    ) -> Iterator[ValidationError]:
        if isinstance(found, str) and not regular_expression(expression).search(found):
            yield ValidationError("does not match")

    validator: type[Validator] = extend(Draft202012Validator, {"pattern": pattern})  # type: ignore[no-untyped-call]  # jsonschema has none
    return validator(schema(kind))


def _explain(kind: str, error: ValidationError, known_releases: Releases) -> Iterator[Problem]:
    """Yields one of jsonschema's errors as mistakes for a person."""
    path = tuple(error.absolute_path)
    found: Any = error.instance
    rule: Any = error.schema
    expected: Any = error.validator_value
    if "propertyNames" in error.absolute_schema_path:
        yield Problem("MR045", _syntax(found, rule), path=(*path, str(found)))
        return
    match error.validator:
        case "additionalProperties":
            known = rule["properties"]
            for name in found.keys() - known.keys():
                yield Problem("MR040", _unknown_field(str(name), known), path=(*path, name))
        case "required":
            for name in expected:
                if name not in found:
                    yield Problem("MR042", _missing(rule["properties"][name]), path=(*path, name))
        case "type":
            yield Problem("MR041", _wrong_type(expected, found), path=path)
        case "enum" if not isinstance(found, str):
            pass  # The error of its type says more.
        case "enum" if path == ("spec", "version"):
            yield Problem("MR043", _unknown_version(kind, found, known_releases), path=path)
        case "enum":
            guess = did_you_mean(found, expected)
            yield Problem("MR044", f"{value_text(found)} is not one of {', '.join(expected)}{guess}", path=path)
        case "const":
            yield Problem("MR044", f"must be {expected}, found {value_text(found)}", path=path)
        case "minimum":
            yield Problem("MR044", f"must be at least {expected}, found {found}", path=path)
        case "maximum":
            yield Problem("MR044", f"must be at most {expected}, found {found}", path=path)
        case "minLength" | "minItems":
            yield Problem("MR044", "must not be empty", path=path)
        case _:
            yield Problem("MR045", _syntax(found, rule), path=path)


def _unknown_field(name: str, known: Mapping[str, Any]) -> str:
    guess = did_you_mean(name, known) or f" (known: {', '.join(known)})"
    return f"unknown field{guess}"


def _missing(rule: Mapping[str, Any]) -> str:
    return f"is missing ({_description(rule)})" if "description" in rule else "is missing"


def _wrong_type(expected: str | list[str], found: object) -> str:
    names = [expected] if isinstance(expected, str) else [name for name in expected if name != "null"]
    what = f"the text {value_text(found)}" if isinstance(found, str) else value_text(found)
    text = f"expected {' or '.join(_TYPE_NAMES[name] for name in names)}, found {what}"
    if "string" in names and isinstance(found, int | float):
        return f"{text} (put it in quotes)"
    if found is None:
        return f"{text} (give it a value or remove the field)"
    return text


def _unknown_version(kind: str, version: str, known: Releases) -> str:
    if version in known.versions():
        if releases.is_alias(version) and kind == "IstioRevision":
            release = known.resolve(version)
            return f"{version} is an alias, and an IstioRevision is pinned to a release (did you mean {release}?)"
        oldest = [name for name in _VERSIONS[kind](known) if not releases.is_alias(name)][-1]
        return f"{version} is too old: {kind} begins with {oldest}"
    return releases.unknown(version, _VERSIONS[kind](known))


def _syntax(found: object, rule: Mapping[str, Any]) -> str:
    if not isinstance(found, str):
        return _wrong_type("string", found)
    return f"{value_text(found)} is not {rule['title']} ({_description(rule)})"


def _description(rule: Mapping[str, Any]) -> str:
    """Returns a schema's description inside a sentence: a first word that is a name keeps its capital."""
    text = str(rule["description"]).rstrip(".")
    return text if text[1:2].isupper() else text[:1].lower() + text[1:]
