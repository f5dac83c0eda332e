"""A name says what it is for, and one name means one thing: read from the program's own text."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

PACKAGE = Path(__file__).parents[1] / "render"

# Participles that do not end in -ed. Those of both sorts are fine before a noun: `changed_files`.
_IRREGULAR = re.compile(
    "made|found|said|told|given|taken|written|shown|built|sent|kept|left|held|met|begun|undone|done|gone|seen|known|"
    "brought|chosen|drawn|fallen|lost|won|paid|sold|thought|understood"
)
# Words that look like a participle and are none here.
_NO_PARTICIPLE = {"embed", "feed", "need", "seed", "speed", "shed"}


class Definition(NamedTuple):
    """A class or a function of a module, `name` with its class before it."""

    place: str
    name: str
    node: ast.ClassDef | ast.FunctionDef


def definitions(root: Path = PACKAGE) -> Iterator[Definition]:
    """Yields the classes of all modules and the functions and methods in them, none that is inside a function."""
    for file in sorted(root.rglob("*.py")):
        for node in ast.parse(file.read_text()).body:
            yield from _definitions(node, file.relative_to(root).as_posix(), "")


def _definitions(node: ast.stmt, file: str, prefix: str) -> Iterator[Definition]:
    if isinstance(node, ast.ClassDef | ast.FunctionDef):
        yield Definition(f"{file}:{node.lineno}", prefix + node.name, node)
    if isinstance(node, ast.ClassDef):
        for inner in node.body:
            yield from _definitions(inner, file, f"{prefix}{node.name}.")


def is_public(definition: Definition) -> bool:
    return not any(part.startswith("_") for part in definition.name.split("."))


def is_participle(name: str) -> bool:
    """Returns whether a name is a participle and no noun follows: `pushed`, `found_in`, but not `changed_files`."""
    first, *rest = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    word = first.lower()
    if word in _NO_PARTICIPLE or not (_IRREGULAR.fullmatch(word) or word.endswith("ed")):
        return False
    return not rest or rest[0].lower() in {"by", "for", "from", "in", "into", "of", "on", "to", "with", "here", "there"}


def test_no_name_of_a_class_is_used_twice() -> None:
    places: dict[str, list[str]] = {}
    for definition in definitions():
        if isinstance(definition.node, ast.ClassDef) and is_public(definition):
            places.setdefault(definition.name, []).append(definition.place)
    assert {name: where for name, where in places.items() if len(where) > 1} == {}


@pytest.mark.parametrize("name", ["pushed", "found", "asked_by", "Written", "Undone", "met_with"])
def test_a_participle_is_seen(name: str) -> None:
    assert is_participle(name)


@pytest.mark.parametrize(
    "name", ["changed_files", "read_note", "KeyedList", "needed_paths", "speed", "commit", "needs"]
)
def test_an_adjective_before_its_noun_is_none(name: str) -> None:
    assert not is_participle(name)


# What the templates of manifests call is an expression of theirs, where a participle says what the value is.
_OF_TEMPLATES = re.compile(r"manifests/builtin/(template_functions|template_forms|go_text)\.py")


def test_no_class_is_named_by_a_participle() -> None:
    classes = [one for one in definitions() if isinstance(one.node, ast.ClassDef)]
    assert [f"{one.place} {one.name}" for one in classes if is_participle(one.name.rpartition(".")[2])] == []


def test_no_function_is_named_by_a_participle() -> None:
    """A property may be: it is a value, and an adjective says what it is like."""
    functions = [one for one in definitions() if isinstance(one.node, ast.FunctionDef) and not _is_property(one.node)]
    participles = [one for one in functions if is_participle(one.name.rpartition(".")[2])]
    assert [f"{one.place} {one.name}" for one in participles if not _OF_TEMPLATES.match(one.place)] == []


def _is_property(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(decorator) in ("property", "cached_property") for decorator in node.decorator_list)


# States that are a topic of their own: git's index, a revision's freeze, what a document or folder is in.
_STATES = {"staged", "frozen", "shared", "served", "observed", "unchanged", "embedded"}
_NO_NOUN = re.compile("about|above|after|alone|at|before|below|beside|for|from|in|it|of|on|to|what|where|which|who")


def test_no_module_is_named_by_a_participle_a_preposition_or_a_pronoun() -> None:
    names = {file.stem for file in PACKAGE.rglob("*.py")}
    assert {name for name in names if is_participle(name) or _NO_NOUN.fullmatch(name)} <= _STATES


# How a docstring begins that says what it is about, and not what one gets: "Which version it is of".
_NO_SENTENCE = frozenset(
    (
        "The",
        "A",
        "An",
        "Whether",
        "What",
        "Which",
        "Where",
        "Why",
        "How",
        "Who",
        "Whose",
        "Every",
        "All",
        "Each",
        "Those",
        "One",
    )
)


def test_the_docstring_of_a_function_begins_with_its_verb() -> None:
    """That of a property may be a noun, as an attribute's is; that of a rule of lint says what is wrong."""
    without = []
    for one in definitions():
        text = ast.get_docstring(one.node)
        if not text or not isinstance(one.node, ast.FunctionDef) or _is_property(one.node) or not is_public(one):
            continue
        is_rule = one.place.startswith("lint/") and "Iterator[Violation]" in ast.unparse(one.node)
        if text.split()[0] in _NO_SENTENCE and not is_rule:
            without.append(f"{one.place} {one.name}: {text.splitlines()[0]}")
    assert without == []


def test_no_tuple_without_names_of_its_fields_leaves_a_public_function() -> None:
    """One of many values that are alike is fine, `tuple[str, ...]`; so is a property that is a key to compare by."""
    without = []
    for one in definitions():
        if isinstance(one.node, ast.FunctionDef) and one.node.returns and not _is_property(one.node) and is_public(one):
            named = _OF_TEMPLATES.match(one.place) or one.name == "Verbs.resolve_command"  # as click has it
            if not named and any(_is_record(part) for part in ast.walk(one.node.returns)):
                without.append(f"{one.place} {one.name} -> {ast.unparse(one.node.returns)}")
    assert without == []


def _is_record(annotation: ast.AST) -> bool:
    """Returns whether an annotation is a tuple of so many values, each with a meaning of its own."""
    if not isinstance(annotation, ast.Subscript) or ast.unparse(annotation.value) != "tuple":
        return False
    parts = annotation.slice.elts if isinstance(annotation.slice, ast.Tuple) else []
    return len(parts) > 1 and ast.unparse(parts[-1]) != "..."
