"""A quick yes or no for the JSON Schemas of this package, compiled from the schemas themselves.

jsonschema takes 60 ms to import and a millisecond for an object; a fleet has thousands of objects that are nearly
all right. This says which ones are not, and jsonschema then says why. It knows the keywords that our schemas use
and refuses to compile any other, so that the two cannot come to differ unnoticed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[Any], bool]
Schema = Mapping[str, Any]

ANNOTATIONS = frozenset({"$schema", "$id", "$defs", "title", "description", "default", "examples"})


def compile_check(schema: Schema) -> Check:
    """Returns a function that says whether an instance satisfies the schema, for the keywords that our schemas use.

    Raises `ValueError` for any other keyword.
    """
    return _node(schema, schema)


def regular_expression(pattern: str) -> re.Pattern[str]:
    """Returns a schema's pattern as Python must spell it: in ECMA 262 a last `$` is the very end of the text, while
    Python's also matches before a newline there."""
    return re.compile(pattern[:-1] + r"\Z" if pattern.endswith("$") else pattern, re.ASCII)


def _node(schema: Schema, root: Schema) -> Check:
    checks = [
        _KEYWORDS[keyword](value, root, schema)
        for keyword, value in schema.items()
        if keyword not in ANNOTATIONS and keyword in _KEYWORDS
    ]
    if strange := schema.keys() - ANNOTATIONS - _KEYWORDS.keys() - _WITH_PROPERTIES:
        raise ValueError(f"the checker does not know the keywords {sorted(strange)}")
    if _WITH_PROPERTIES & schema.keys():
        checks.append(_properties(schema, root))
    if not checks:
        return lambda _value: True
    if len(checks) == 1:
        return checks[0]

    def every(value: Any) -> bool:
        for check in checks:  # noqa: SIM110 - a generator would cost more than the checks
            if not check(value):
                return False
        return True

    return every


def _ref(value: str, root: Schema, _schema: Schema) -> Check:
    part: Any = root
    for step in value.removeprefix("#/").split("/"):
        part = part[step]
    return _node(part, root)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: dict[str, Check] = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "number": _is_number,
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
}


def _type(value: str | list[str], _root: Schema, _schema: Schema) -> Check:
    checks = [_TYPES[name] for name in ([value] if isinstance(value, str) else value)]
    return checks[0] if len(checks) == 1 else lambda found: any(check(found) for check in checks)


def _enum(value: list[str], _root: Schema, _schema: Schema) -> Check:
    if not all(isinstance(choice, str) for choice in value):
        raise ValueError("the checker knows choices of text only")
    choices = frozenset(value)
    return lambda found: isinstance(found, str) and found in choices


def _const(value: str, root: Schema, schema: Schema) -> Check:
    return _enum([value], root, schema)


def _pattern(value: str, _root: Schema, _schema: Schema) -> Check:
    search = regular_expression(value).search
    return lambda found: not isinstance(found, str) or search(found) is not None


def _min_length(value: int, _root: Schema, _schema: Schema) -> Check:
    return lambda found: not isinstance(found, str) or len(found) >= value


def _max_length(value: int, _root: Schema, _schema: Schema) -> Check:
    return lambda found: not isinstance(found, str) or len(found) <= value


def _min_items(value: int, _root: Schema, _schema: Schema) -> Check:
    return lambda found: not isinstance(found, list) or len(found) >= value


def _minimum(value: int, _root: Schema, _schema: Schema) -> Check:
    return lambda found: not _is_number(found) or found >= value


def _maximum(value: int, _root: Schema, _schema: Schema) -> Check:
    return lambda found: not _is_number(found) or found <= value


def _required_fields(value: list[str], _root: Schema, _schema: Schema) -> Check:
    names = frozenset(value)
    return lambda found: not isinstance(found, dict) or names <= found.keys()


def _items(value: Schema, root: Schema, _schema: Schema) -> Check:
    check = _node(value, root)
    return lambda found: not isinstance(found, list) or all(check(item) for item in found)


def _property_names(value: Schema, root: Schema, _schema: Schema) -> Check:
    check = _node(value, root)
    return lambda found: not isinstance(found, dict) or all(check(name) for name in found)


_KEYWORDS: dict[str, Callable[[Any, Schema, Schema], Check]] = {
    "$ref": _ref,
    "type": _type,
    "enum": _enum,
    "const": _const,
    "pattern": _pattern,
    "minLength": _min_length,
    "maxLength": _max_length,
    "minItems": _min_items,
    "minimum": _minimum,
    "maximum": _maximum,
    "required": _required_fields,
    "items": _items,
    "propertyNames": _property_names,
}

# These two look at the same names, and are checked in one walk.
_WITH_PROPERTIES = frozenset({"properties", "additionalProperties"})


def _properties(schema: Schema, root: Schema) -> Check:
    known = {name: _node(part, root) for name, part in schema.get("properties", {}).items()}
    rest = schema.get("additionalProperties", {})
    other: Check | None = None if rest is False else _node(rest, root)

    def check(found: Any) -> bool:
        if not isinstance(found, dict):
            return True
        for name, value in found.items():
            part = known.get(name, other)
            if part is None or not part(value):
                return False
        return True

    return check
