"""Which objects a patch is for: Kustomize's targets, and Kubernetes' label selectors."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import re2

from render.kustomize.objects import Item

Labels = Mapping[str, str]

FIELDS = ("group", "version", "kind", "name", "namespace", "labelSelector", "annotationSelector")

_NAME = re.compile(r"(?:[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?/)?[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?", re.ASCII)
_VALUE = re.compile(r"(?:[A-Za-z0-9](?:[-\w.]{0,61}[A-Za-z0-9])?)?", re.ASCII)
_SIGNS = ("=", "==", "!=", "!", "<", ">", "(", ")", ",")
_TOKEN = re.compile(r"\s*(?:(==|!=|[=!<>(),])|([^\s=!<>(),]+))", re.ASCII)

_WORD = re.compile(r"[\w/-]*", re.ASCII)  # as a regular expression it means itself
# What RE2 takes and Go does not: a single byte, and a name for a group as Go writes it since 1.22 only.
_UNLIKE_GO = re.compile(r"(?<!\\)(?:\\\\)*(?:\\C|\(\?<)")
_SHOWN = 200  # characters of a selector in a message
_INTEGER = re.compile(r"([-+]?)0*([0-9]{1,19})", re.ASCII)


class SelectorError(Exception):
    """A target that cannot be used; `field` is the field of the target."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.message = message


@dataclass(frozen=True, slots=True)
class SelectorRequirement:
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
        number, bound = _int64(found or ""), _int64(*self.values)
        if number is None or bound is None:
            return False
        return number > bound if self.operator == ">" else number < bound


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression as Go takes it, which is to match a whole text: Kustomize puts `^(?:` and `)$` around it
    (NewSelectorRegex in api/types/selector.go). RE2 reads what Go does, and takes linear time as Go does."""

    text: str
    is_word: bool

    def matches(self, text: str) -> bool:
        """Returns whether the whole text is matched."""
        return text == self.text if self.is_word else _expression(self.text).search(text.encode()) is not None


@dataclass(frozen=True, slots=True)
class Target:
    """What a target selects; None where the field does not matter."""

    group: Pattern | None = None
    version: Pattern | None = None
    kind: Pattern | None = None
    name: Pattern | None = None
    namespace: Pattern | None = None
    labels: tuple[SelectorRequirement, ...] = ()
    annotations: tuple[SelectorRequirement, ...] = ()

    def selects(self, item: Item) -> bool:
        """Returns whether an object is meant: by its kind as it is, by its name and namespace as they were first or
        are."""
        now = item.id
        first = item.previous[0] if item.previous else now
        return (
            (self.name is None or _either(self.name, first.name, now.name))
            and (self.kind is None or self.kind.matches(now.kind))
            and (self.group is None or self.group.matches(now.group))
            and (self.version is None or self.version.matches(now.version))
            and (self.namespace is None or _either(self.namespace, first.namespace, now.namespace))
            and (not self.labels or _all(self.labels, item.texts("labels")))
            and (not self.annotations or _all(self.annotations, item.texts("annotations")))
        )


def target(fields: Mapping[str, str]) -> Target:
    """Returns a target from the fields of a kustomization. Raises `SelectorError`."""
    group, version, kind, name, namespace = (_pattern(field, fields.get(field)) for field in FIELDS[:5])
    labels = label_selector("labelSelector", fields.get("labelSelector") or "")
    annotations = label_selector("annotationSelector", fields.get("annotationSelector") or "")
    return Target(group, version, kind, name, namespace, labels, annotations)


def label_selector(field: str, text: str) -> tuple[SelectorRequirement, ...]:
    """Returns a selector as `kubectl -l` takes it: `a=b,c!=d,e in (f,g),h notin (i),j,!k,l>1`. Raises
    `SelectorError`."""
    tokens = _Tokens(field, text)
    requirements = []
    while tokens.next is not None:
        requirements.append(_requirement(tokens))
        if tokens.next is not None:
            tokens.take(",")
            if tokens.next is None:
                raise SelectorError(field, f"ends with a comma: {_cut(text)}")
    return tuple(requirements)


def is_label_key(text: str) -> bool:
    """Returns whether Kubernetes takes a text for the name of a label or annotation."""
    return _NAME.fullmatch(text) is not None


def is_label_value(text: str) -> bool:
    """Returns whether Kubernetes takes a text for the value of a label."""
    return _VALUE.fullmatch(text) is not None


def _pattern(field: str, text: str | None) -> Pattern | None:
    if not text:
        return None
    pattern = Pattern(text, _WORD.fullmatch(text) is not None)
    if _UNLIKE_GO.search(text):
        raise SelectorError(field, f"is not a regular expression that Kustomize takes: {_cut(text)}")
    try:
        _expression(text)
    except re2.error as error:
        why = error.args[0].decode(errors="replace").removesuffix(")$")
        raise SelectorError(field, f"is not a regular expression: {_cut(why)}") from None
    return pattern


_OPTIONS = re2.Options()
_OPTIONS.log_errors = False  # they are told here


@lru_cache(maxsize=10_000)
def _expression(text: str) -> re2._Regexp:
    return re2.compile(f"^(?:{text})$", _OPTIONS)


def _int64(text: str) -> int | None:
    """Returns a whole number as Kubernetes takes it, None for anything else (strconv.ParseInt in its package
    labels)."""
    match = _INTEGER.fullmatch(text)
    number = int(match[1] + match[2]) if match else None
    return number if number is not None and -(1 << 63) <= number < 1 << 63 else None


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}... ({len(text)} characters)"


class _Tokens:
    """A selector's text as words and signs."""

    def __init__(self, field: str, text: str) -> None:
        self.field = field
        self._text = text
        self._tokens: deque[str] = deque()
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
        """Returns the next token, which must be one of these; a word where none is given."""
        token = self.next
        if token is None or (token not in expected if expected else token in _SIGNS):
            wanted = " or ".join(expected) or "a label"
            raise self._error(f"{wanted} is expected before {token or 'the end'!r} in")
        return self._tokens.popleft()

    def key(self) -> str:
        key = self.take()
        if not is_label_key(key):
            raise self._error(f"{_cut(key)!r} is not the name of a label, in")
        return key

    def value(self) -> str:
        value = "" if self.next in (None, ",", ")") else self.take()
        if not is_label_value(value):
            raise self._error(f"{_cut(value)!r} is not a value that a label can have, in")
        return value

    def _error(self, message: str) -> SelectorError:
        return SelectorError(self.field, f"{message}: {_cut(self._text)}")


def _requirement(tokens: _Tokens) -> SelectorRequirement:
    if tokens.next == "!":
        tokens.take("!")
        return SelectorRequirement(tokens.key(), "!")
    key = tokens.key()
    if tokens.next in (None, ","):
        return SelectorRequirement(key, "exists")
    operator = tokens.take("=", "==", "!=", "in", "notin", "<", ">")
    if operator in ("in", "notin"):
        return SelectorRequirement(key, operator, _values(tokens))
    value = tokens.value()
    if operator in ("<", ">") and _int64(value) is None:
        raise SelectorError(tokens.field, f"{_cut(key)} {operator} takes a whole number, not {_cut(value)!r}")
    return SelectorRequirement(key, {"=": "in", "==": "in", "!=": "notin"}.get(operator, operator), frozenset([value]))


def _values(tokens: _Tokens) -> frozenset[str]:
    tokens.take("(")
    values = {tokens.value()}
    while tokens.next == ",":
        tokens.take(",")
        values.add(tokens.value())
    tokens.take(")")
    return frozenset(values)


def _either(pattern: Pattern, first: str, now: str) -> bool:
    return pattern.matches(now) or (first != now and pattern.matches(first))


def _all(requirements: tuple[SelectorRequirement, ...], labels: Labels) -> bool:
    for requirement in requirements:  # noqa: SIM110 (`all` takes twice as long; every patch asks it of every object)
        if not requirement.matches(labels):
            return False
    return True
