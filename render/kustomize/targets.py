"""Which objects a patch is for: Kustomize's targets, and Kubernetes' label selectors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from render.kustomize.objects import Item

Labels = Mapping[str, str]

FIELDS = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")

_NAME = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?", re.ASCII)
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_SIGNS = ("=", "==", "!=", "!", "<", ">", "(", ")", ",")
_TOKEN = re.compile(r"\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))", re.ASCII)

# Where Go's regular expressions and Python's do not mean the same, or Go has none such.
_UNLIKE_GO = re.compile(
    r"\(\?(?:[=!#(>]|<[=!]|P=|[a-zA-Z-]*U)"  # looking around, comments, conditions, atomic groups, ungreedy
    r"|\\(?:[1-9]|[pPQEzZC])"  # back references, character classes by name, quoting, other anchors
    r"|\[\[:|[*+?}]\+"  # POSIX classes, possessive repetition
)


class SelectorError(Exception):
    """A target that cannot be used; `field` is the field of the target."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class Requirement:
    """One part of a label selector."""

    key: str
    operator: str  # in, notin, exists, !, <, >
    values: frozenset[str] = frozenset()

    def matches(self, labels: Labels) -> bool:
        found = labels.get(self.key)
        match self.operator:
            case "in":
                return found in self.values
            case "notin":
                return found not in self.values
            case "exists":
                return found is not None
            case "!":
                return found is None
        (bound,) = self.values
        if found is None or not re.fullmatch(r"[-+]?[0-9]+", found):
            return False
        return int(found) > int(bound) if self.operator == ">" else int(found) < int(bound)


@dataclass(frozen=True, slots=True)
class Target:
    """What a target selects; None where the field does not matter."""

    group: re.Pattern[str] | None = None
    version: re.Pattern[str] | None = None
    kind: re.Pattern[str] | None = None
    name: re.Pattern[str] | None = None
    namespace: re.Pattern[str] | None = None
    labels: tuple[Requirement, ...] = ()
    annotations: tuple[Requirement, ...] = ()

    def selects(self, item: Item) -> bool:
        """Whether an object is meant: by its kind as it is, by its name and namespace as they were first or are."""
        now = item.id
        first = item.previous[0] if item.previous else now
        return (
            (self.kind is None or self.kind.fullmatch(now.kind) is not None)
            and (self.group is None or self.group.fullmatch(now.group) is not None)
            and (self.version is None or self.version.fullmatch(now.version) is not None)
            and _either(self.name, first.name, now.name)
            and _either(self.namespace, first.namespace, now.namespace)
            and (not self.labels or _all(self.labels, item.texts("labels")))
            and (not self.annotations or _all(self.annotations, item.texts("annotations")))
        )


def target(fields: Mapping[str, str]) -> Target:
    """A target from the fields of a kustomization. Raises `SelectorError`."""
    group, version, kind, name, namespace = (_pattern(field, fields.get(field)) for field in FIELDS[:5])
    labels = label_selector("labelSelector", fields.get("labelSelector") or "")
    annotations = label_selector("annotationSelector", fields.get("annotationSelector") or "")
    return Target(group, version, kind, name, namespace, labels, annotations)


def label_selector(field: str, text: str) -> tuple[Requirement, ...]:
    """A selector as `kubectl -l` takes it: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. Raises `SelectorError`."""
    tokens = _Tokens(field, text)
    requirements = []
    while tokens.next is not None:
        requirements.append(_requirement(tokens))
        if tokens.next is not None:
            tokens.take(",")
            if tokens.next is None:
                raise SelectorError(field, f"ends with a comma: {text}")
    return tuple(requirements)


def is_label_key(text: str) -> bool:
    """Whether Kubernetes takes a text for the name of a label or annotation."""
    return _NAME.fullmatch(text) is not None


def is_label_value(text: str) -> bool:
    """Whether Kubernetes takes a text for the value of a label."""
    return _VALUE.fullmatch(text) is not None


def _pattern(field: str, text: str | None) -> re.Pattern[str] | None:
    if not text:
        return None
    if _UNLIKE_GO.search(text):
        raise SelectorError(
            field, f"uses a regular expression that Kustomize (Go) and Python do not read alike: {text}"
        )
    try:
        return re.compile(text, re.ASCII)
    except re.error as error:
        raise SelectorError(field, f"is not a regular expression: {error}") from None


class _Tokens:
    """A selector's text as words and signs."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self._text = text
        self._tokens: list[str] = []
        at = 0
        text = text.rstrip()
        while at < len(text):
            match = _TOKEN.match(text, at)
            assert match is not None
            self._tokens.append(match.group(1) or match.group(2))
            at = match.end()

    @property
    def next(self) -> str | None:
        return self._tokens[0] if self._tokens else None

    def take(self, *expected: str) -> str:
        """The next token, which must be one of these; a word where none is given."""
        token = self.next
        if token is None or (token not in expected if expected else token in _SIGNS):
            wanted = " or ".join(expected) or "a label"
            raise SelectorError(self.field, f"{wanted} is expected before {token or 'the end'!r} in: {self._text}")
        return self._tokens.pop(0)

    def key(self) -> str:
        key = self.take()
        if not is_label_key(key):
            raise SelectorError(self.field, f"{key!r} is not the name of a label, in: {self._text}")
        return key

    def value(self) -> str:
        value = "" if self.next in (None, ",", ")") else self.take()
        if not is_label_value(value):
            raise SelectorError(self.field, f"{value!r} is not a value that a label can have, in: {self._text}")
        return value


def _requirement(tokens: _Tokens) -> Requirement:
    if tokens.next == "!":
        tokens.take("!")
        return Requirement(tokens.key(), "!")
    key = tokens.key()
    if tokens.next in (None, ","):
        return Requirement(key, "exists")
    operator = tokens.take("=", "==", "!=", "in", "notin", "<", ">")
    if operator in ("in", "notin"):
        return Requirement(key, operator, _values(tokens))
    value = tokens.value()
    if operator in ("<", ">") and not re.fullmatch(r"[-+]?[0-9]+", value):
        raise SelectorError(tokens.field, f"{key} {operator} takes a whole number, not {value!r}")
    return Requirement(key, {"=": "in", "==": "in", "!=": "notin"}.get(operator, operator), frozenset([value]))


def _values(tokens: _Tokens) -> frozenset[str]:
    tokens.take("(")
    values = {tokens.value()}
    while tokens.next == ",":
        tokens.take(",")
        values.add(tokens.value())
    tokens.take(")")
    return frozenset(values)


def _either(pattern: re.Pattern[str] | None, first: str, now: str) -> bool:
    return pattern is None or pattern.fullmatch(first) is not None or pattern.fullmatch(now) is not None


def _all(requirements: tuple[Requirement, ...], labels: Labels) -> bool:
    return all(requirement.matches(labels) for requirement in requirements)
