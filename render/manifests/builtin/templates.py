"""The templates, compiled once a process, and what they may use.

A template holds one Kubernetes object as JSON (`---` on a line of its own separates several). Every
`{{ expression }}` is printed as JSON, so that no value can break out of its place; what a macro gives is
printed as it is. Line breaks and indentation of the source do not reach the output.

What a template prints depends on the values that it names and on the release alone, so it is printed once for all
clusters that say the same there, however much they differ elsewhere.

Compiled templates kept as Python keeps compiled modules: in `__pycache__`, made again when anything changed.

Compiling all templates of a component takes most of the time of a short-lived process. Where the folder
cannot be written, or `sys.dont_write_bytecode` forbids it, each process compiles for itself.
"""

from __future__ import annotations

import os
import re
import sys
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from importlib.util import cache_from_source
from json import JSONEncoder
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import jinja2
from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, nodes
from jinja2.bccache import Bucket, BytecodeCache
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from jinja2.sandbox import SandboxedEnvironment
from markupsafe import Markup

from render.manifests.builtin import gateway_forms, go_text, injection, template_forms, template_functions
from render.manifests.builtin.facts import FactSet, ReleaseFacts
from render.manifests.builtin.template_functions import ChartRefusal
from render.yamlio.location import merge_maps

_FOLDER = Path(__file__).parent / "templates"
T = TypeVar("T")


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


def complete(known: FactSet, context: dict[str, Any]) -> dict[str, Any]:
    """Returns the names that all templates of a component may use: the functions, the `context`, and what
    `templates/<component>/common.j2`, where there is one, sets from those."""
    names: dict[str, Any] = {**_environment().globals, **context}
    if not _has_common(known.templates):
        return names

    def common(template: Template) -> dict[str, Any]:
        found = vars(template.make_module(names))
        return {name: value for name, value in found.items() if not name.startswith("_")}

    return names | _once(known, "common", names, common)


def render_template(known: FactSet, name: str, names: dict[str, Any]) -> list[str]:
    """Returns the JSON texts of the template `name` of a component, given what `complete` gives."""

    def documents(template: Template) -> list[str]:
        # Not `Template.render`: it would copy all names for each of the many small templates.
        text = "".join(template.root_render_func(template.new_context(names, shared=True)))
        return [document for document in text.split("\n") if document]

    return _once(known, name, names, documents)


_ONCE = 512  # what is kept of templates; what the clusters of a fleet share is asked for again and again, and stays
_results: OrderedDict[tuple[FactSet, str, str, str], Any] = OrderedDict()


def _once(known: FactSet, name: str, names: Mapping[str, Any], make: Callable[[Template], T]) -> T:
    """Returns what `make` makes of a template, once for equal inputs: the release, and the values that it names."""
    template = _template(known.templates, name)
    key = known, names["release"], name, _inputs(template, names)
    if key in _results:
        _results.move_to_end(key)
        before: T = _results[key]
        return before
    made: T = make(template)
    _results[key] = made
    if len(_results) > _ONCE:
        _results.popitem(last=False)
    return made


def _inputs(template: Template, names: Mapping[str, Any]) -> str:
    """Returns the values that a template names, as text. Facts and functions are those of the release."""
    return repr([_at(names, path) for path in template.root_render_func.__globals__[_READS]])


def _at(names: Mapping[str, Any], path: tuple[str, ...]) -> Any:
    """Returns the value at a path, or what is in the way of it."""
    value: Any = names.get(path[0])
    if type(value) is ReleaseFacts or callable(value):
        return None
    for name in path[1:]:
        if type(value) is not dict:
            break
        value = value.get(name)
    return value


@lru_cache(maxsize=16)
def _has_common(component: str) -> bool:
    return (_FOLDER / component / "common.j2").exists()


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

    def _generate(
        self, source: nodes.Template, name: str | None, filename: str | None, defer_init: bool = False
    ) -> str:
        # Jinja's hook for what is compiled: beside the code of a template stands what it reads.
        code = super()._generate(source, name, filename, defer_init)
        reads = [path for path in _reads(source) if path[0] not in self.globals]
        return f"{code}\n{_READS} = {reads!r}\n"

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


_READS = "reads"


def _reads(source: nodes.Node) -> list[tuple[str, ...]]:
    """Returns the paths of all that a template may read of its context (`v.global.network`), without those below
    another one. Names that it sets itself are among them: nothing stands there in the context."""
    paths = set(_named_paths(source))
    return sorted(path for path in paths if not any(path[:length] in paths for length in range(1, len(path))))


def _named_paths(node: nodes.Node) -> Iterator[tuple[str, ...]]:
    if path := _path(node):
        yield path
    else:
        for child in node.iter_child_nodes():
            yield from _named_paths(child)


def _path(node: nodes.Node) -> tuple[str, ...]:
    if isinstance(node, nodes.Name):
        return (node.name,)
    if isinstance(node, nodes.Getattr) and (before := _path(node.node)):
        return (*before, node.attr)
    return ()


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
    if type(value) is Markup:
        return value
    if type(value) is str and len(value) > _LONG:
        return _print_long(value)
    return Markup(_JSON.encode(value))  # noqa: S704 - JSON, not HTML


_LONG = 20_000


@lru_cache(maxsize=16)  # the injector's templates are the same in all clusters
def _print_long(text: str) -> Markup:
    return Markup(_JSON.encode(text))  # noqa: S704 - JSON, not HTML


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
        from tempfile import mkstemp  # once for each new version of a template

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
