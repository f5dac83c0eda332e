"""The templates, compiled once a process, and what they may use.

A template holds one Kubernetes object as JSON (`---` on a line of its own separates several). Every
`{{ expression }}` is printed as JSON, so that no value can break out of its place; what a macro gives is
printed as it is. Line breaks and indentation of the source do not reach the output.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from json import JSONEncoder
from pathlib import Path
from typing import Any, NoReturn

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from render.manifests.builtin import chartforms, functions, gotext, injector, layers, older_gateways
from render.manifests.builtin.compiled import CompiledTemplates
from render.manifests.builtin.facts import Facts
from render.manifests.builtin.functions import Refusal

_FOLDER = Path(__file__).parent / "templates"


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    gotext.text,
    gotext.plain,
    gotext.quoted,
    gotext.within_quotes,
    chartforms.completed,
    chartforms.image,
    chartforms.joined,
    chartforms.plain_map,
    chartforms.quantities,
    chartforms.quoted_variables,
    chartforms.utilization_metrics,
    chartforms.variables,
    chartforms.without,
    chartforms.variable_texts,
    chartforms.yaml_text,
    layers.laid_over,
    older_gateways.gateway_mounts,
    older_gateways.gateway_volumes,
    older_gateways.node_affinity,
    older_gateways.pod_anti_affinity,
    injector.template_blocks,
    *(vars(functions)[name] for name in functions.__all__),
)


def complete(component: str, context: dict[str, Any]) -> dict[str, Any]:
    """The names that all templates of a component may use: the functions, the `context`, and what
    `templates/<component>/common.j2`, where there is one, sets from those."""
    names: dict[str, Any] = {**_environment().globals, **context}
    if (_FOLDER / component / "common.j2").exists():
        module = _template(component, "common").make_module(names)
        names |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return names


def rendered(component: str, name: str, names: dict[str, Any]) -> list[str]:
    """The JSON texts of `templates/<component>/<name>.j2`, given what `complete` gives."""
    template = _template(component, name)
    # Not `Template.render`: it would copy all names for each of the many small templates.
    text = "".join(template.root_render_func(template.new_context(names, shared=True)))
    return [document for document in text.split("\n") if document]


@lru_cache(maxsize=256)
def _template(component: str, name: str) -> Template:
    return _environment().get_template(f"{component}/{name}.j2")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = _GoLike(
        loader=FileSystemLoader(_FOLDER),
        extensions=[_Compact],
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_printed,
        cache_size=-1,
        auto_reload=False,
        bytecode_cache=CompiledTemplates(__file__),
    )
    environment.globals = {function.__name__: function for function in _FUNCTIONS}
    return environment


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


class _Compact(Extension):
    """Templates are indented for people and their output is not: white space between JSON's tokens is left out.

    A line with nothing but `---` becomes the line break that separates documents.
    """

    def filter_stream(self, stream: TokenStream) -> Iterator[Token]:
        for token in stream:
            yield Token(token.lineno, token.type, _compact(token.value)) if token.type == "data" else token


_SEPARATOR = re.compile(r"^---$", re.MULTILINE)
_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|\s+')


def _compact(data: str) -> str:
    return "\n".join(_STRING_OR_SPACE.sub(r"\1", part) for part in _SEPARATOR.split(data))


def _no_json(value: Any) -> NoReturn:
    # An undefined name says so in the words of Jinja when it is turned into text.
    raise TypeError(f"{value!s} cannot be printed")


_JSON = JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_no_json, allow_nan=False)


def _printed(value: Any) -> Markup:
    return value if type(value) is Markup else Markup(_JSON.encode(value))  # noqa: S704 - JSON, not HTML
