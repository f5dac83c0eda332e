"""The templates, compiled once a process, and what they may use.

A template holds one Kubernetes object as JSON (`---` on a line of its own separates several). Every
`{{ expression }}` is printed as JSON, so that no value can break out of its place; what a macro gives is
printed as it is. Line breaks and indentation of the source do not reach the output.

Compiled templates kept as Python keeps compiled modules: in `__pycache__`, made again when anything changed.

Compiling all templates of a component takes most of the time of a short-lived process. Where the folder
cannot be written, or `sys.dont_write_bytecode` forbids it, each process compiles for itself.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.util import cache_from_source
from json import JSONEncoder
from pathlib import Path
from tempfile import mkstemp
from typing import Any, NoReturn

import jinja2
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from render.manifests.builtin import gateway_forms, go_text, injection, template_forms, template_functions
from render.manifests.builtin.facts import ReleaseFacts
from render.manifests.builtin.template_functions import ChartRefusal
from render.yamlio.location import merge_maps

_FOLDER = Path(__file__).parent / "templates"


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    go_text.text,
    go_text.plain,
    go_text.quoted,
    go_text.within_quotes,
    template_forms.completed,
    template_forms.image,
    template_forms.joined,
    template_forms.plain_map,
    template_forms.quantities,
    template_forms.quoted_variables,
    template_forms.utilization_metrics,
    template_forms.variables,
    template_forms.without,
    template_forms.variable_texts,
    template_forms.yaml_text,
    merge_maps,
    gateway_forms.gateway_mounts,
    gateway_forms.gateway_volumes,
    gateway_forms.node_affinity,
    gateway_forms.pod_anti_affinity,
    injection.template_blocks,
    *(vars(template_functions)[name] for name in template_functions.__all__),
)


def complete(component: str, context: dict[str, Any]) -> dict[str, Any]:
    """Returns the names that all templates of a component may use: the functions, the `context`, and what
    `templates/<component>/common.j2`, where there is one, sets from those."""
    names: dict[str, Any] = {**_environment().globals, **context}
    if (_FOLDER / component / "common.j2").exists():
        module = _template(component, "common").make_module(names)
        names |= {name: value for name, value in vars(module).items() if not name.startswith("_")}
    return names


def render_template(component: str, name: str, names: dict[str, Any]) -> list[str]:
    """Returns the JSON texts of `templates/<component>/<name>.j2`, given what `complete` gives."""
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
        finalize=_print,
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
        if type(obj) is ReleaseFacts:
            return obj[attribute]
        if obj is None:
            raise ChartRefusal(f"there is nothing to take {attribute} from")
        if isinstance(obj, str | int | float | list):
            raise ChartRefusal(f"{attribute} cannot be taken from {obj!r}, which is not a map")
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


def _print(value: Any) -> Markup:
    return value if type(value) is Markup else Markup(_JSON.encode(value))  # noqa: S704 - JSON, not HTML


class CompiledTemplates(BytecodeCache):
    """Jinja's cache on disk, beside the package. `made_by` is the module whose source shapes the compiled code."""

    def __init__(self, made_by: str) -> None:
        self._folder = Path(cache_from_source(made_by)).parent
        self._made_by = sha256(Path(made_by).read_bytes() + jinja2.__version__.encode()).hexdigest()[:8]

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        # A file is complete or not there: another process may read it at any moment.
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    bucket.write_bytecode(file)
                Path(name).replace(self._file(bucket))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}-{self._made_by}.jinja"
