"""Custom resources as an API server looks at them: by the OpenAPI of their definition.

Source: Kubernetes, "Extend the Kubernetes API with CustomResourceDefinitions", structural schemas. The rules of a
definition that are written in CEL (`x-kubernetes-validations`) are not evaluated.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from render.kubernetes.check import refusals
from render.kubernetes.refusal import Path, Refusal
from render.messages import did_you_mean, value_text

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator, ValidationError

_TYPES = {
    "array": "a list",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
    "object": "a map",
    "string": "a text",
}


class Definitions:
    """CustomResourceDefinitions by the group and kind that they define; none that a server would refuse."""

    def __init__(self, definitions: Iterable[Mapping[str, Any]]) -> None:
        specs = (one["spec"] for one in definitions if not refusals(one))
        self._specs = {(spec["group"], spec["names"]["kind"]): spec for spec in specs}
        self._validators: dict[tuple[str, str, str], Draft202012Validator] = {}

    def knows_group(self, group: str) -> bool:
        return any(known == group for known, _ in self._specs)

    def complaints(self, obj: Mapping[str, Any]) -> Iterator[Refusal]:
        """Yields why an API server with these definitions would refuse an object of one of their groups."""
        group, _, version = str(obj.get("apiVersion")).partition("/")
        kind = str(obj.get("kind"))
        spec = self._specs.get((group, kind))
        if spec is None:
            kinds = [known for known_group, known in self._specs if known_group == group]
            yield Refusal(("kind",), f"is {kind}, which is no kind of {group} there{did_you_mean(kind, kinds)}")
            return
        served = [one["name"] for one in spec["versions"] if one.get("served")]
        if version not in served:
            yield Refusal(("apiVersion",), f"is of {version}, and {kind} is served as {', '.join(served)}")
            return
        for error in self._validator(spec, group, kind, version).iter_errors(obj):
            yield from _refusals(error)

    def _validator(self, spec: Mapping[str, Any], group: str, kind: str, version: str) -> Draft202012Validator:
        key = (group, kind, version)
        if key not in self._validators:
            from jsonschema import Draft202012Validator

            schema = next(one for one in spec["versions"] if one["name"] == version).get("schema") or {}
            strict = _strict(schema.get("openAPIV3Schema") or {"x-kubernetes-preserve-unknown-fields": True})
            of_all = {"apiVersion": {"type": "string"}, "kind": {"type": "string"}, "metadata": {"type": "object"}}
            strict["properties"] = strict.get("properties", {}) | of_all
            self._validators[key] = Draft202012Validator(strict)
        return self._validators[key]


def _strict(node: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a structural schema as JSON Schema, in which a field that is not named is refused, and one that is
    filled in by default is not missed."""
    found = {key: value for key, value in node.items() if not key.startswith("x-kubernetes") and key != "format"}
    properties = node.get("properties") or {}
    if properties:
        found["properties"] = {name: _strict(field) for name, field in properties.items()}
    if properties and not node.get("x-kubernetes-preserve-unknown-fields"):
        found["additionalProperties"] = False
    elif isinstance(node.get("additionalProperties"), Mapping):
        found["additionalProperties"] = _strict(node["additionalProperties"])
    if "required" in node:
        found["required"] = [name for name in node["required"] if "default" not in properties.get(name, {})]
    if isinstance(node.get("items"), Mapping):
        found["items"] = _strict(node["items"])
    if node.get("x-kubernetes-int-or-string"):
        found["type"] = ["integer", "string"]
    if node.get("nullable") and isinstance(node.get("type"), str):
        found["type"] = [node["type"], "null"]
    return found


def _refusals(error: ValidationError) -> Iterator[Refusal]:
    """Yields one of jsonschema's errors in words for a person."""
    at: Path = tuple(error.absolute_path)
    value, rule, schema = cast("Any", error.instance), cast("Any", error.validator_value), cast("Any", error.schema)
    match error.validator:
        case "additionalProperties":
            known = schema.get("properties") or {}
            for name in value.keys() - known.keys():
                yield Refusal((*at, name), f"is not a field there{did_you_mean(name, known)}")
        case "required":
            missing = [name for name in rule if name not in value]
            for name in missing:
                yield Refusal((*at, name), "is required")
        case "type":
            wanted = rule if isinstance(rule, list) else [rule]
            expected = " or ".join(_TYPES.get(str(one), str(one)) for one in wanted)
            yield Refusal(at, f"is {value_text(value)}: expected {expected}")
        case "enum":
            expected = ", ".join(map(str, rule))
            meant = did_you_mean(value, [str(one) for one in rule]) if isinstance(value, str) else ""
            yield Refusal(at, f"is {value_text(value)}: expected one of {expected}{meant}")
        case "oneOf" | "anyOf" | "not":
            names = sorted(_names(rule))
            yield Refusal(at, f"has not exactly one of {', '.join(names)}" if names else "is not as it must be")
        case _:
            yield Refusal(at, f"is {value_text(value)}: expected {error.validator} {value_text(rule)}")


def _names(schema: Any) -> set[str]:
    """Returns the fields that alternatives ask for."""
    if isinstance(schema, list):
        return set().union(*map(_names, schema))
    if not isinstance(schema, Mapping):
        return set()
    return {*schema.get("required", ())} | _names(schema.get("not")) | _names(schema.get("anyOf"))
