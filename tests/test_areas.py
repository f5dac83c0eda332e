"""The table of the tree's folders, and that nobody beside it types their names."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import render
from render.areas import AREAS, ARGOCD, FLUX, RESERVED, TAGS, area_of

ROOT = Path(render.__file__).parent
FOLDERS = {*AREAS, *RESERVED, ARGOCD, FLUX}
# The rooms that speak of the tree's folders and of little else that is called like one of them.
ROOMS = ("tree", "compare", "operations/hosts", "operations/diff", "operations/render")
# What is called like a folder there and is none: fields of specs and of answers, names of charts and of deliveries.
OTHERS = {
    "compare/proxy_settings.py": {"mesh"},  # a field of istiod's ConfigMap
    "operations/diff/report/as_json.py": {"shared"},  # a field of the answer
    "operations/hosts/resource_list.py": {"tags"},  # a field of a function's results
    "operations/hosts/tree_objects.py": {"extra"},  # a sort of difference
    "operations/render/crds.py": {"crds"},  # a field of the specs
    "operations/render/delivery_files.py": {"flux"},  # a way of delivery
    "operations/render/injector_names.py": {"flux"},  # a way of delivery
    "operations/render/input_digest.py": {"crds"},  # a field of the note
}


@cache
def texts(path: Path) -> set[str]:
    """The strings of a module that are no docstrings, those in f-strings too."""
    tree = ast.parse(path.read_bytes())
    docstrings = {id(one.value) for one in ast.walk(tree) if isinstance(one, ast.Expr)}
    nodes = (one for one in ast.walk(tree) if isinstance(one, ast.Constant) and id(one) not in docstrings)
    return {one.value for one in nodes if isinstance(one.value, str)}


def test_an_area_is_the_first_step_of_a_path() -> None:
    assert (area_of("tags/prod/service-istiod.yaml"), area_of(TAGS)) == (TAGS, TAGS)


def test_a_comparison_calls_each_part_by_one_word() -> None:
    words = {area.name: area.kind for area in AREAS.values()}
    assert (words["revisions"], words["mesh"], words["namespaces"]) == ("revision", "mesh", "namespaces")


def test_no_module_but_the_table_types_a_path_into_a_folder_of_the_tree() -> None:
    begins = re.compile(rf"(?:{'|'.join(sorted(FOLDERS))})/")
    typed = {
        path.relative_to(ROOT).as_posix(): sorted(found)
        for path in ROOT.rglob("*.py")
        if (found := {text for text in texts(path) if begins.match(text)})
    }
    assert typed == {}


def test_the_rooms_of_the_tree_type_no_name_of_a_folder() -> None:
    typed = {
        name: found
        for room in ROOMS
        for path in (ROOT / room).rglob("*.py")
        if (found := texts(path) & FOLDERS) and (name := path.relative_to(ROOT).as_posix())
    }
    assert typed == OTHERS
