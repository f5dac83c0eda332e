"""Edits of specs in fleets that nobody thought of: just what was wished for changes, in the selected clusters alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.errors import InputError
from render.kustomize.file_users import Uses
from render.kustomize.reader import WorkingTree
from render.operations.change.spec_edits import Object, Wish, as_data, identity, place_edits, resources_of
from render.specs.clusters import CLUSTER_FILE, SpecsCache, load_cluster
from render.specs.fleet import load_fleet, overlay_folders
from render.specs.kinds import ClusterSpecs
from render.yamlio.edit.text_edits import REMOVED
from tests.support.builders import cluster_file, fleet_file

ISTIO = """\
apiVersion: sailoperator.io/v1
kind: Istio
metadata: {name: default}
spec: {version: v1.24.2, namespace: istio-system, updateStrategy: {type: RevisionBased}}
"""
TAG = """\
apiVersion: sailoperator.io/v1
kind: IstioRevisionTag
metadata:
  name: prod  # whom most follow
spec:
  targetRef: {kind: IstioRevision, name: default-v1-24-2}
"""
CART = "apiVersion: v1\nkind: Namespace\nmetadata: {name: cart, labels: {team: shop, istio.io/rev: prod}}\n"
SEARCH = """\
apiVersion: v1
kind: Namespace
metadata:
  name: search
  labels:
    team: shop
    istio-injection: enabled # from the start
"""
OTHER = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: other, namespace: cart}\ndata: {a: b}\n"
OBJECTS = (ISTIO, TAG, CART, SEARCH, OTHER)


def as_list(objects: Iterable[str]) -> str:
    """The objects as the items of a `kind: List`."""
    rows = [f"- {text.rstrip()}".replace("\n", "\n  ") for text in objects]
    return "apiVersion: v1\nkind: List\nitems:\n" + "\n".join(rows) + "\n"


def merge(kind: str, name: str, rest: str) -> str:
    version = "v1" if kind == "Namespace" else "sailoperator.io/v1"
    return f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n{rest}"


def inline(text: str, target: str = "") -> str:
    rows = "".join(f"    {line}\n" for line in text.splitlines())
    return f"- patch: |\n{rows}" + (f"  target: {target}\n" if target else "")


def operation(op: str, path: str, value: str = "") -> str:
    return f"- {{op: {op}, path: {path}{f', value: {value}' if value else ''}}}\n"


REV = "/metadata/labels/istio.io~1rev"
INJECTION = "/metadata/labels/istio-injection"
CART_TARGET = "{kind: Namespace, name: cart}"
# What an overlay, a component or a base in between has for patches. A file is written beside it.
PATCHES: tuple[tuple[str, Mapping[str, str]], ...] = (
    ("- path: cart.yaml\n", {"cart.yaml": merge("Namespace", "cart", "  labels:\n    istio.io/rev: canary  # ours\n")}),
    ("- path: cart.yaml\n", {"cart.yaml": merge("Namespace", "cart", "  annotations: {a: b}\n")}),
    ("- path: cart.yaml\n", {"cart.yaml": merge("Namespace", "cart", "  labels: {istio.io/rev: new}\n")}),
    ("- path: both.yaml\n", {"both.yaml": merge("Namespace", "cart", "") + "---\n" + merge("Namespace", "search", "")}),
    (inline(merge("Namespace", "search", "  labels: {istio-injection: null, istio.io/rev: prod}\n")), {}),
    (inline(merge("IstioRevisionTag", "prod", "spec:\n  targetRef:\n    name: default-v1-24-3\n")), {}),
    (inline(merge("Istio", "default", "spec: {values: {pilot: {autoscaleMin: 2}}}\n")), {}),
    (inline(merge("Istio", "default", "spec: {version: v1.24.3}\n") + "---\n" + merge("Namespace", "cart", "")), {}),
    (inline(operation("add", REV, "canary"), CART_TARGET), {}),
    (inline(operation("replace", INJECTION, "enabled"), "{kind: Namespace, name: search}"), {}),
    (inline(operation("remove", INJECTION), "{kind: Namespace, name: search}"), {}),
    (inline(operation("test", INJECTION, "enabled"), "{kind: Namespace, name: search}"), {}),
    (inline(merge("Namespace", "cart", "  labels: {env: test}\n"), "{kind: Namespace, labelSelector: team=shop}"), {}),
    (inline(operation("add", "/metadata/labels/x", "y"), "{labelSelector: istio-injection=enabled}"), {}),
    (
        "- path: promotions.yaml\n",
        {"promotions.yaml": "# by hand\n" + merge("Namespace", "cart", "  labels: {istio.io/rev: canary}\n")},
    ),
)


@dataclass(frozen=True)
class Folder:
    """A kustomization: what it is built from, and its patches by their number."""

    resources: tuple[str, ...]
    components: tuple[str, ...] = ()
    patches: tuple[int, ...] = ()
    more: str = ""

    def write(self, folder: Path, kind: str = "Kustomization") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        group = "v1beta1" if kind == "Kustomization" else "v1alpha1"
        text = f"apiVersion: kustomize.config.k8s.io/{group}\nkind: {kind}\n"
        if self.resources:
            text += f"resources: [{', '.join(self.resources)}]\n"
        if self.components:
            text += f"components: [{', '.join(self.components)}]\n"
        if self.patches:
            text += "patches:\n" + "".join(PATCHES[number][0] for number in self.patches)
        for number in self.patches:
            for name, content in PATCHES[number][1].items():
                (folder / name).write_text(content)
        (folder / "kustomization.yaml").write_text(text + self.more)


def patch_numbers(most: int) -> st.SearchStrategy[tuple[int, ...]]:
    """Patches without two files of one name."""
    numbers = st.lists(st.integers(0, len(PATCHES) - 1), max_size=most, unique_by=lambda n: (PATCHES[n][0], n)[n > 3])
    return numbers.map(tuple)


@st.composite
def fleets(draw: st.DrawFn) -> tuple[Callable[[Path], None], tuple[str, ...]]:
    """What writes a fleet, and the overlays that are selected."""
    as_items, split = draw(st.booleans()), draw(st.booleans())
    middle = Folder(("../base",), draw(st.sampled_from([(), ("../component",)])), draw(patch_numbers(2)))
    component = Folder((), (), draw(patch_numbers(1)))
    overlays = []
    for number in range(draw(st.integers(1, 4))):
        below = [f"../{other}" for other in "abcd"[:number]]
        base = draw(st.sampled_from(["../../base", "../../base", "../../middle", *below]))
        components = draw(st.sampled_from([(), (), ("../../component",)]))
        more = draw(st.sampled_from(["", "", "", "commonAnnotations: {team: mesh}\n", "namespace: elsewhere\n"]))
        overlays.append(Folder((base,), components, draw(patch_numbers(3)), more))

    def write(root: Path) -> None:
        (root / "meshrev.yaml").write_text(fleet_file())
        texts = [as_list(OBJECTS)] if as_items else ["---\n".join(OBJECTS)]
        texts = ["---\n".join(OBJECTS[:2]), as_list(OBJECTS[2:])] if split else texts
        Folder(tuple(f"{at}.yaml" for at in range(len(texts)))).write(root / "base")
        for at, text in enumerate(texts):
            (root / f"base/{at}.yaml").write_text(text)
        middle.write(root / "middle")
        component.write(root / "component", "Component")
        for name, folder in zip("abcd", overlays, strict=False):
            folder.write(root / "overlays" / name)
            (root / "overlays" / name / "cluster.yaml").write_text(cluster_file(name))

    names = [f"overlays/{name}" for name, _ in zip("abcd", overlays, strict=False)]
    selected = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    return write, tuple(sorted(selected))


WISHED: Mapping[tuple[str, str], Mapping[tuple[str, ...], Any]] = {
    ("Istio", "default"): {("spec", "version"): "v1.24.3"},
    ("IstioRevisionTag", "prod"): {
        ("spec", "targetRef", "name"): "default-v1-24-3",
        ("metadata", "annotations", "meshrev.io/follows"): "Istio/default",
    },
    ("Namespace", "cart"): {
        ("metadata", "labels", "istio-injection"): REMOVED,
        ("metadata", "labels", "istio.io/rev"): "new",
    },
    ("Namespace", "search"): {
        ("metadata", "labels", "istio-injection"): REMOVED,
        ("metadata", "labels", "istio.io/rev"): "new",
    },
}


@dataclass(frozen=True)
class Read:
    """A fleet as it is on the disk. An overlay that cannot be built is None."""

    root: Path

    def clusters(self) -> dict[str, ClusterSpecs | None]:
        reader, found = WorkingTree(self.root), dict[str, ClusterSpecs | None]()
        fleet, cache = load_fleet(reader), SpecsCache()
        for overlay in overlay_folders(reader, fleet):
            try:
                found[overlay] = load_cluster(reader, fleet, overlay, cache)[0]
            except InputError:
                found[overlay] = None
        return found

    def users(self) -> Mapping[str, frozenset[str]]:
        reader = WorkingTree(self.root)
        return Uses(reader, CLUSTER_FILE).by_file(overlay_folders(reader, load_fleet(reader)))

    def place(self, selected: Iterable[str], what: Mapping[Any, Any] = WISHED) -> dict[str, bytes]:
        """What is to be written, for these overlays to say what is wished."""
        reader, clusters = WorkingTree(self.root), self.clusters()
        specs = [found for overlay in selected if (found := clusters[overlay])]
        wishes = [
            Wish(one.folder, resource, path, value)
            for one in specs
            for resource in resources_of(one)
            for path, value in what.get((resource.kind, resource.name), {}).items()
        ]
        return place_edits(wishes, specs, load_fleet(reader), reader, self.users())

    def write(self, texts: Mapping[str, bytes]) -> None:
        for path, content in texts.items():
            (self.root / path).write_bytes(content)


def objects(specs: ClusterSpecs | None) -> dict[Object, Any] | None:
    return {identity(one): as_data(one) for one in resources_of(specs)} if specs else None


def wished(before: Mapping[Object, Any]) -> dict[Object, Any]:
    found = json.loads(json.dumps(list(before.values())))
    for data in found:
        for path, value in WISHED.get((data["kind"], data["metadata"]["name"]), {}).items():
            into = data
            for step in path[:-1]:
                into = into.setdefault(step, {})
            if value is REMOVED:
                into.pop(path[-1], None)
            else:
                into[path[-1]] = value
    return dict(zip(before, found, strict=True))


@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much])
@given(fleets())
def test_just_what_is_wished_for_changes_in_the_selected_clusters_alone(
    drawn: tuple[Callable[[Path], None], tuple[str, ...]],
) -> None:
    write, selected = drawn
    with TemporaryDirectory() as folder:
        write(Path(folder))
        fleet = Read(Path(folder))
        before = {overlay: objects(specs) for overlay, specs in fleet.clusters().items()}
        selected = tuple(overlay for overlay in selected if before[overlay] is not None)
        if not selected:
            return
        users = fleet.users()
        try:
            texts = fleet.place(selected)
        except InputError as error:
            assert is_told(error), error
            return
        for path in texts:
            assert users.get(path, frozenset(selected)) <= frozenset(selected), path
        fleet.write(texts)
        for overlay, specs in fleet.clusters().items():
            was = before[overlay]
            assert objects(specs) == (wished(was) if was and overlay in selected else was), overlay
        assert fleet.place(selected) == {}


def is_told(error: InputError) -> bool:
    # The last: the JSON patch of an overlay that is built from another one tests for what goes there.
    said = ("is built from this folder", "decides about", "is not listed under patches", "nothing is there")
    return all(any(one in finding.message for one in said) for finding in error.findings)


CART_ONLY = {("Namespace", "cart"): WISHED["Namespace", "cart"]}
SEARCH_ONLY = {("Namespace", "search"): WISHED["Namespace", "search"]}


def fleet_of(root: Path, **overlays: Folder) -> Read:
    (root / "meshrev.yaml").write_text(fleet_file())
    Folder(("all.yaml",)).write(root / "base")
    (root / "base/all.yaml").write_text("---\n".join(OBJECTS))
    for name, folder in overlays.items():
        folder.write(root / "overlays" / name)
        (root / "overlays" / name / "cluster.yaml").write_text(cluster_file(name))
    return Read(root)


PLAIN = Folder(("../../base",))


def test_the_base_is_edited_only_where_all_that_use_it_are_selected(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, a=PLAIN, b=PLAIN)
    assert fleet.place(["overlays/a", "overlays/b"]).keys() == {"base/all.yaml"}
    assert fleet.place(["overlays/a"]).keys() == {"overlays/a/kustomization.yaml", "overlays/a/promotions.yaml"}


def test_a_cluster_that_says_so_already_counts_as_one_that_agrees(tmp_path: Path) -> None:
    new = Folder(("../../base",), patches=(2,))
    fleet = fleet_of(tmp_path, a=PLAIN, b=new)
    assert fleet.place(["overlays/a", "overlays/b"], CART_ONLY).keys() == {"base/all.yaml"}


def test_an_overlay_that_cannot_be_read_may_use_every_base(tmp_path: Path) -> None:
    fleet = fleet_of(
        tmp_path, a=PLAIN, b=Folder(("../../base", "../../gone")), c=Folder((), more="bases: [../../base]\n")
    )
    assert "base/all.yaml" not in fleet.place(["overlays/a"])
    (tmp_path / "overlays/c/kustomization.yaml").write_text("resources: [")
    assert "base/all.yaml" not in fleet.place(["overlays/a"])


def test_a_patch_of_many_objects_is_not_edited_for_the_one_that_it_names(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, a=Folder(("../../base",), patches=(12,)), b=PLAIN)
    texts = fleet.place(["overlays/a"], CART_ONLY)
    assert b"labels: {env: test}" in texts["overlays/a/kustomization.yaml"]
    assert texts["overlays/a/promotions.yaml"].startswith(b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: cart\n")


def test_a_json_patch_that_needs_what_the_base_has_leaves_it_there(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, a=Folder(("../../base",), patches=(11,)), b=PLAIN)
    texts = fleet.place(["overlays/a", "overlays/b"], SEARCH_ONLY)
    assert "base/all.yaml" not in texts
    fleet.write(texts)
    found = [one.resource.data["metadata"]["labels"] for c in fleet.clusters().values() if c for one in c.namespaces]
    assert found.count({"team": "shop", "istio.io/rev": "new"}) == 2


def test_an_overlay_that_another_is_built_from_is_patched_where_both_are_selected(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, a=PLAIN, b=Folder(("../a",)), c=PLAIN)
    with pytest.raises(InputError, match="overlays/b is built from this folder"):
        fleet.place(["overlays/a"])
    fleet.write(fleet.place(["overlays/a", "overlays/b"]))
    assert fleet.place(["overlays/a", "overlays/b"]) == {}


def test_promotions_that_are_not_listed_or_not_last_are_told_of(tmp_path: Path) -> None:
    fleet = fleet_of(tmp_path, a=Folder(("../../base",), patches=(14, 8)), b=PLAIN)
    with pytest.raises(InputError, match="decides about"):
        fleet.place(["overlays/a"], CART_ONLY)
    (tmp_path / "overlays/b/promotions.yaml").write_text("# whose?\n")
    with pytest.raises(InputError, match="list it there, last"):
        fleet.place(["overlays/b"], CART_ONLY)
