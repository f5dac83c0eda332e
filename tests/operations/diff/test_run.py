"""What a comparison comes to as data and in words, on trees that are written by hand."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from render.compare.objects import FieldChange, Identity
from render.git.trees import Side
from render.manifests.bundle import Bundle
from render.operations.diff.model import ClusterDiff, Diff, ObjectDiff, PartDiff
from render.operations.diff.report.as_json import data
from render.operations.diff.report.as_markdown import markdown
from render.operations.diff.report.as_text import lines, text
from render.operations.diff.report.groups import by_clusters, common_changes, part_groups
from render.operations.diff.report.words import where
from render.operations.diff.run import diff
from render.plan.injection.proxy_moves import Injector, Move, Restart
from render.plan.inventory import EMPTY
from render.tree.files import cluster_files
from tests.support.builders import fleet_file
from tests.support.tree_example import NEW, OLD, manifest, revision


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def tag(name: str, target: str) -> Bundle:
    labels = {"istio.io/tag": name, "istio.io/rev": target}
    webhook = manifest(
        "MutatingWebhookConfiguration", f"istio-revision-tag-{name}", group="admissionregistration.k8s.io"
    )
    body = json.loads(webhook.json)
    body["metadata"]["labels"] = labels
    body["webhooks"] = [{"name": "a", "clientConfig": {"service": {"name": f"istiod-{target}"}}}]
    return Bundle(
        f"tags/{name}", "istio-system", f"IstioRevisionTag/{name}", (replace(webhook, json=json.dumps(body)),)
    )


def namespace(name: str, **labels: str) -> Bundle:
    found = manifest("Namespace", name)
    body = json.loads(found.json)
    body["metadata"]["labels"] = labels
    return Bundle("namespaces", "", "Namespace", (replace(found, json=json.dumps(body)),))


def extra(*objects: Any, folder: str = "extra") -> Bundle:
    return Bundle(folder, "", "specs", tuple(objects))


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q")
    (tmp_path / "meshrev.yaml").write_text(fleet_file())
    return tmp_path


def write(repo: Path, **clusters: Iterable[Bundle]) -> None:
    """Commit the trees of these clusters, in place of what was there."""
    git(repo, "rm", "-rqf", "--ignore-unmatch", "rendered")
    for cluster, bundles in clusters.items():
        for path, content in cluster_files(cluster, bundles, EMPTY).files.items():
            file = repo / "rendered" / cluster / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.data)
    git(repo, "add", "-A")
    git(repo, "commit", "-qm", "change", "--allow-empty")


def parts(found: Diff, cluster: str = "one") -> list[str]:
    (one,) = (each for each in found.clusters if each.name == cluster)
    return [f"{part.how} {part.kind} {part.name}".strip() for part in one.parts]


def test_a_tree_does_not_differ_from_itself(repo: Path) -> None:
    write(repo, one=[revision(), tag("prod", OLD), namespace("shop", a="b")])
    found = diff(repo, "HEAD", "HEAD")
    assert not found.differs
    assert found.names == ("one",)
    assert diff(repo, "HEAD").clusters == ()


def test_a_new_revision_is_compared_with_the_one_that_it_replaces(repo: Path) -> None:
    write(repo, one=[revision(), tag("prod", OLD), namespace("shop", **{"istio.io/rev": "prod"})])
    write(repo, one=[revision(), revision(NEW, 2), tag("prod", NEW), namespace("shop", **{"istio.io/rev": "prod"})])
    found = diff(repo, "HEAD~1", "HEAD")
    (cluster,) = found.clusters
    made, moved = cluster.parts
    assert (made.before, made.after, made.versions) == (OLD, NEW, ("v1.24.2", "v1.24.3"))
    assert [(one.object.title, [c.field for c in one.changes]) for one in made.objects] == [
        (f"Deployment/istio-system/istiod-{NEW}", ["spec.replicas"])
    ]
    assert (moved.kind, moved.before, moved.after, moved.objects) == ("tag", OLD, NEW, ())
    assert [move.namespace for move in cluster.moves] == ["shop"]


def test_an_object_that_only_moves_to_another_file_does_not_differ(repo: Path) -> None:
    thing = manifest("Thing", "a", "x", "example.io")
    write(repo, one=[extra(thing)])
    write(repo, one=[extra(thing, folder="gateways/a")])
    assert diff(repo, "HEAD~1", "HEAD").silent == ("one",)


def test_an_object_that_moves_and_changes_is_changed(repo: Path) -> None:
    write(repo, one=[extra(manifest("Thing", "a", "x", "example.io", spec=1))])
    write(repo, one=[extra(manifest("Thing", "a", "x", "example.io", spec=2), folder="gateways/a")])
    (cluster,) = diff(repo, "HEAD~1", "HEAD").clusters
    assert [(one.how, one.object.title) for part in cluster.parts for one in part.objects] == [("changed", "Thing/x/a")]


def test_another_object_in_the_same_file_is_one_gone_and_one_new(repo: Path) -> None:
    write(repo, one=[extra(manifest("Thing", "a", group="one.io"))])
    write(repo, one=[extra(manifest("Thing", "a", group="two.io"))])
    (cluster,) = diff(repo, "HEAD~1", "HEAD").clusters
    assert [(one.how, one.object.group) for one in cluster.parts[0].objects] == [
        ("removed", "one.io"),
        ("added", "two.io"),
    ]


def test_a_version_that_changes_without_any_object_is_told(repo: Path) -> None:
    write(repo, one=[revision()])
    bundle = revision()
    assert bundle.revision
    write(repo, one=[replace(bundle, revision=replace(bundle.revision, version="v1.24.5"))])
    assert parts(diff(repo, "HEAD~1", "HEAD")) == [f"changed revision {OLD}"]


def test_a_change_that_all_clusters_share_is_said_once(repo: Path) -> None:
    names = [f"c{number:03}" for number in range(12)]
    write(repo, **{name: [revision()] for name in names})
    write(repo, **{name: [revision(replicas=3 if name == "c007" else 2)] for name in names})
    found = diff(repo, "HEAD~1", "HEAD")
    groups = part_groups(found.clusters)
    assert [len(clusters) for clusters, _ in groups] == [11, 1]
    assert where(groups[0][0], found) == "in 11 of 12 clusters (all but c007)"
    assert where(groups[1][0], found) == "only in c007"
    shown = [text(line) for line in lines(found)]
    assert sum("spec.replicas" in line for line in shown) == 2
    counted = data(found)["changes"]
    assert [len(group["clusters"]) for group in counted] == [11, 1]


def test_only_what_differs_is_read(repo: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a thousand clusters that are equal not one file is looked at."""
    write(repo, one=[revision()], two=[revision()])
    write(repo, one=[revision()], two=[revision(replicas=2)])
    from render.git.trees import Repository

    asked: list[str] = []
    files = Repository.files

    def spied(self: Repository, side: Side, paths: Any) -> dict[str, str]:
        asked.extend(paths)
        return files(self, side, paths)

    monkeypatch.setattr(Repository, "files", spied)
    assert [cluster.name for cluster in diff(repo, "HEAD~1", "HEAD").clusters] == ["two"]
    assert set(asked) == {"meshrev.yaml", "rendered/two"}


def change(number: int, value: str = "1") -> FieldChange:
    return FieldChange(("spec", f"field{number}"), "changed", json.dumps(value), json.dumps("2"))


def thing(name: str, *changes: FieldChange) -> ObjectDiff:
    return ObjectDiff(Identity("Thing", "example.io", "x", name), "changed", changes)


def test_what_many_objects_of_a_part_share_is_said_once() -> None:
    objects = (thing("a", change(1), change(2)), thing("b", change(1)), thing("c", change(1), change(3)))
    common, left = common_changes(PartDiff("extra", "", "changed", objects=objects))
    assert [(shared.objects, shared.changes) for shared in common] == [
        (("Thing/x/a", "Thing/x/b", "Thing/x/c"), (change(1),))
    ]
    assert [(one.object.name, one.changes) for one in left] == [("a", (change(2),)), ("c", (change(3),))]


def fleet(*clusters: ClusterDiff, more: Iterable[str] = ()) -> Diff:
    names = sorted([*(cluster.name for cluster in clusters), *more])
    return Diff(Side("main", "a" * 40), Side("topic", "b" * 40), tuple(names), clusters)


HOSTILE = [
    "a`b```c",
    "</details><script>alert(1)</script>",
    "a\nb",
    "```\n# evil",
    "| cell | @everyone #1",
    "\x1b[31mred",
    "[link](https://example.com) **bold**",
    "-- -rf; $(reboot)",
]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_or_value_gets_out_of_its_place(name: str) -> None:
    served = Injector(name, name, name)
    cluster = ClusterDiff(
        name,
        "changed",
        (PartDiff("extra", "", "changed", objects=(thing(name, change(1, name)),)),),
        (Move(name, "", Injector(), served), Move(name, f"Deployment/{name}", Injector(), served)),
        (Restart(name, f"Deployment/{name}", "revision"),),
        (f"Deployment/{name}",),
    )
    found = fleet(cluster)
    made = markdown(found)
    assert all(text(line).isprintable() for line in lines(found))
    assert all(line.isprintable() for line in made.splitlines())
    outside = re.sub(r"^(`{3,})\w+$.*?^\1$", "", made, flags=re.MULTILINE | re.DOTALL)
    rows = [line for line in outside.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {5}
    without_code = re.sub(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
    assert "<script>" not in without_code
    assert "@everyone" not in without_code
    assert "](" not in without_code
    assert without_code.count("<details>") == without_code.count("</details>") == 2
    assert not [line for line in outside.splitlines() if line.startswith("# ")]
    command = next(text(line) for line in lines(found) if "rollout" in text(line))
    assert "$(reboot)" not in command or "'" in command
    json.dumps(data(found))


cluster_names = st.sampled_from([f"cluster-{number}" for number in range(6)])
changes = st.builds(change, st.integers(0, 5), st.text(max_size=200))
part_diffs = st.builds(
    PartDiff,
    st.sampled_from(["extra", "mesh", "tag"]),
    st.sampled_from(["", "prod"]),
    st.sampled_from(["added", "removed", "changed"]),
    objects=st.lists(st.builds(thing, st.text(max_size=40), changes), max_size=5).map(tuple),
)
moved = st.builds(Move, st.text(max_size=60), st.just(""), st.just(Injector()), st.just(Injector("a", "a")))
cluster_diffs = st.builds(
    ClusterDiff,
    cluster_names,
    st.just("changed"),
    st.lists(part_diffs, max_size=4).map(tuple),
    st.lists(st.builds(Move, st.text(max_size=60), st.just(""), st.just(Injector()), st.just(Injector("a", "a")))).map(
        tuple
    ),
    st.lists(st.builds(Restart, st.text(max_size=60), st.just(""), st.just("revision"))).map(tuple),
)
diffs = st.lists(cluster_diffs, max_size=5, unique_by=lambda cluster: cluster.name).map(lambda found: fleet(*found))


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(diffs, st.integers(1000, 4000))
def test_markdown_is_whole_or_says_how_much_it_is_not(found: Diff, limit: int) -> None:
    whole, cut = markdown(found, 10**9), markdown(found, limit)
    assert len(cut.encode()) <= limit
    assert cut == whole or re.search(r"\*\*Cut:\*\* \d+ lines? left out", cut.splitlines()[-1])
    assert len(whole.encode()) > limit or cut == whole


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None, max_examples=60)
@given(diffs)
def test_saying_it_once_loses_nothing_and_adds_nothing(found: Diff) -> None:
    """The groups, written out for each of their clusters, are what each cluster had."""

    def flat(parts: Iterable[PartDiff]) -> set[Any]:
        return {
            (replace(part, objects=()), one.object, one.how, change)
            for part in parts
            for one in part.objects
            for change in one.changes
        }

    written: dict[str, set[Any]] = {cluster.name: set() for cluster in found.clusters}
    for names, grouped in part_groups(found.clusters):
        for name in names:
            written[name] |= flat(grouped)
    assert written == {cluster.name: flat(cluster.parts) for cluster in found.clusters}
    moved = by_clusters(found.clusters, lambda cluster: cluster.moves)
    assert {(name, move) for names, moves in moved for name in names for move in moves} == {
        (cluster.name, move) for cluster in found.clusters for move in cluster.moves
    }
