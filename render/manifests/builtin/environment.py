"""The templates, compiled once a process, and what they may use.

A template holds one Kubernetes object as JSON (`---` on a line of its own separates several). Every
`{{ expression }}` is printed as JSON, so that no value can break out of its place; what a macro gives is
printed as it is. Line breaks and indentation of the source do not reach the output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from json import JSONEncoder
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from render.manifests.builtin.chartforms import joined, quantities, variable_texts, variables, yaml_text
from render.manifests.builtin.facts import Facts
from render.manifests.builtin.gotext import plain, quoted, text, within_quotes

_FOLDER = Path(__file__).parent / "templates"


class Refusal(Exception):
    """What the chart refuses by itself, in words for a person."""


@lru_cache(maxsize=256)
def template(component: str, name: str) -> Template:
    """The compiled template `templates/<component>/<name>.j2`."""
    return _environment().get_template(f"{component}/{name}.j2")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = _GoLike(
        loader=_Compact(), autoescape=True, undefined=StrictUndefined, finalize=_printed, cache_size=-1, optimized=True
    )
    environment.globals = {
        "text": text,
        "quoted": quoted,
        "plain": plain,
        "within_quotes": within_quotes,
        "merged": merged,
        "sorted_items": sorted_items,
        "json_text": json_text,
        "name_list": name_list,
        "each": each,
        "eq": eq,
        "joined": joined,
        "quantities": quantities,
        "variables": variables,
        "variable_texts": variable_texts,
        "yaml_text": yaml_text,
        "refuse": refuse,
    }
    return environment


def merged(*maps: Mapping[str, Any] | None) -> dict[str, Any]:
    """The maps in one, the last to name a key winning, as the repeated key of a YAML map does."""
    result: dict[str, Any] = {}
    for each in maps:
        if each:
            result.update(each)
    return result


def sorted_items(value: Mapping[str, Any] | None) -> list[tuple[str, Any]]:
    """Key and value, by key: the order in which Go's templates go through a map."""
    return sorted(value.items()) if value else []


def json_text(value: Any) -> str:
    """The value as indented JSON, for the text fields of a ConfigMap."""
    return _INDENTED.encode(value)


def each(value: Any) -> list[Any]:
    """What Go's `range` goes through: a list's items, or a map's values by key; nothing else can be."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return [item for _, item in sorted(value.items())]
    if value is None:
        return []
    raise Refusal(f"{text(value)!r} stands where a list is expected")


def name_list(names: Any) -> list[dict[str, Any]]:
    """References by name, as `imagePullSecrets` holds them."""
    return [{"name": plain(name)} for name in each(names)]


def eq(value: Any, other: str) -> bool:
    """Go's `eq` with a text: nothing is unequal, a value of another type an error."""
    if value is not None and type(value) is not str:
        raise Refusal(f"{text(value)} stands where a text is expected")
    return bool(value == other)


def refuse(message: str) -> NoReturn:
    """Stop with a message for a person."""
    raise Refusal(message)


class _GoLike(SandboxedEnvironment):
    """`a.b` on values as in Go's templates: an absent key is nothing, a step through nothing is an error."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        if type(obj) is dict:
            return obj.get(attribute)
        if type(obj) is Facts:
            return obj[attribute]
        if obj is None:
            raise Refusal(f"there is nothing to take {attribute} from")
        if isinstance(obj, str | int | float | list):
            raise Refusal(f"{attribute} cannot be taken from {obj!r}, which is not a map")
        return super().getattr(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        if type(obj) is dict:
            return obj.get(argument)
        return super().getitem(obj, argument)


class _Compact(BaseLoader):
    """Sources without line breaks, so that a template can be indented for people and its output not."""

    def get_source(
        self,
        environment: Environment,  # noqa: ARG002 - the loader's contract
        template: str,
    ) -> tuple[str, str, Callable[[], bool]]:
        file = _FOLDER / template
        try:
            source = file.read_text(encoding="utf-8")
        except OSError as error:
            raise TemplateNotFound(template) from error
        return _compact(source), str(file), lambda: True


_TAG = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)
_OPENING = re.compile(r"(\{[{%#])-?")
_BREAK = re.compile(r"\s*\n\s*")


def _compact(source: str) -> str:
    pieces = _TAG.split(source)
    for place in range(0, len(pieces), 2):
        data = "\n".join(_BREAK.sub("", part) for part in re.split(r"(?m)^---$", pieces[place]))
        if data.endswith("{") and place + 1 < len(pieces):
            # An opening brace and a tag side by side would read as another tag: a space that the tag takes away.
            data += " "
            pieces[place + 1] = _OPENING.sub(r"\1-", pieces[place + 1])
        pieces[place] = data.replace('": ', '":').replace('", "', '","').replace(", {", ",{").replace("}, ", "},")
    return "".join(pieces)


def _no_json(value: Any) -> NoReturn:
    # An undefined name says so in the words of Jinja when it is turned into text.
    raise TypeError(f"{value!s} cannot be printed")


_JSON = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_no_json, allow_nan=False)
_INDENTED = JSONEncoder(ensure_ascii=False, indent=2, default=_no_json, allow_nan=False)


def _printed(value: Any) -> Markup:
    return value if type(value) is Markup else Markup(_JSON.encode(value))  # noqa: S704 - JSON, not HTML
