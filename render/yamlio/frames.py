"""Mappings, lists and anchors of a text of YAML while it is read, and where nothing is written in them."""

from __future__ import annotations

from typing import Any, NamedTuple

from render.messages import FieldPath

NO_KEY = object()
MERGE = object()  # the key `<<`


class EmptyValue(NamedTuple):
    """A place where a value belongs and nothing is written, not even `null`."""

    path: FieldPath
    in_braces: bool


class Frame:
    """A mapping or list that is being read."""

    __slots__ = ("anchor", "container", "empty_before", "in_braces", "key", "merges", "start")

    def __init__(
        self, container: dict[str, Any] | list[Any], anchor: str | None, start: int, in_braces: bool, empty_before: int
    ) -> None:
        self.container = container
        self.key: Any = NO_KEY
        self.merges: list[tuple[int, list[dict[str, Any]]]] = []  # after how many keys
        self.anchor = anchor
        self.start = start
        self.in_braces = in_braces
        self.empty_before = empty_before  # how many empty values stand before it

    @property
    def expects_key(self) -> bool:
        """Whether what comes next is a key."""
        return self.key is NO_KEY and type(self.container) is dict

    def with_merges(self, yaml_1_1: bool) -> dict[str, Any]:
        """Returns the mapping with its `<<` entries, the earliest of a list winning, and what it says itself over them.

        Kustomize's reader of its own files goes from top to bottom: there `<<` wins over what stands above it.
        """
        result: dict[str, Any] = {}
        assert isinstance(self.container, dict)
        own, done = list(self.container.items()), 0
        for above, merges in self.merges if yaml_1_1 else reversed(self.merges):
            if yaml_1_1:
                result.update(own[done:above])
                done = above
            for merge in reversed(merges):
                result.update(merge)
        result.update(own[done:])
        return result


class Anchor(NamedTuple):
    """What an alias stands for: how many values these are, and where it has nothing."""

    value: Any
    size: int
    empty: tuple[EmptyValue, ...]
