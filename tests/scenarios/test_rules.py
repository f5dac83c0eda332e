"""The rules that make the tree safe to trust (docs/design.md), each from the outside."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml

from tests.support.builders import document, fleet_file, istio, istio_revision, namespace, tag
from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo

TAGS = tag("default") + tag("prod")
SECRET = document("v1", "Secret", "cacerts", namespace="istio-system", stringData="{key: hunter2}")


def specs(version: str = "v1.24.2", minimum: int = 1, tags: str = TAGS, namespaces: str = "") -> str:
    return istio(version, values=f"{{pilot: {{autoscaleMin: {minimum}, autoscaleMax: 10}}}}") + tags + namespaces


@pytest.fixture
def upgraded(repo: FleetRepo) -> FleetRepo:
    """A cluster with an inactive revision default-v1-24-2 beside the active default-v1-24-3, all committed."""
    repo.cluster("one", specs())
    repo.meshrev("render")
    repo.commit("first")
    repo.cluster("one", specs("v1.24.3"))
    repo.meshrev("render")
    repo.commit("second")
    return repo


OLD = "rendered/one/revisions/default-v1-24-2"


# 1. Pure


def test_rendering_twice_writes_nothing_the_second_time(upgraded: FleetRepo) -> None:
    before = {path: (upgraded.root / path).stat().st_mtime_ns for path in upgraded.tree()}
    assert "1 cluster unchanged" in upgraded.meshrev("render").out
    assert {path: (upgraded.root / path).stat().st_mtime_ns for path in upgraded.tree()} == before


def test_the_tree_does_not_depend_on_where_when_or_who(
    repo: FleetRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    repo.cluster("one", specs())
    repo.meshrev("render")
    other = tmp_path_factory.mktemp("elsewhere") / "fleet"
    shutil.copytree(repo.root, other, ignore=shutil.ignore_patterns("rendered"))
    elsewhere = {
        "TZ": "Asia/Kathmandu",
        "LC_ALL": "C",
        "HOME": str(other),
        "PYTHONHASHSEED": "7",
        "LANG": "tr_TR.UTF-8",
    }
    FleetRepo(other).meshrev("render", **elsewhere)
    assert FleetRepo(other).tree() == repo.tree()


def test_forgetting_what_was_noted_down_changes_nothing(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    shutil.rmtree(upgraded.root / "rendered/.meshrev", ignore_errors=True)
    upgraded.meshrev("render")
    assert upgraded.tree() == before


# 2. All or nothing


def test_an_error_in_one_cluster_leaves_all_clusters_as_they_are(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    upgraded.cluster("one", specs("v1.24.3", minimum=5))
    upgraded.cluster("two", specs("v1.24.99"))
    wrong = upgraded.meshrev("render", code=2).err
    assert "overlays/two/specs.yaml:5:8" in wrong
    assert "v1.24.99 is not known (did you mean v1.24.6?)" in wrong
    assert upgraded.tree() == before


# 3. Frozen


def test_values_of_an_inactive_revision_do_not_change_it(upgraded: FleetRepo) -> None:
    before = upgraded.tree(OLD)
    upgraded.cluster("one", specs("v1.24.3", minimum=7))
    upgraded.meshrev("render")
    assert upgraded.tree(OLD) == before


@pytest.mark.parametrize("how", ["changed", "removed"])
def test_a_frozen_file_that_is_not_as_it_was_names_the_commit_to_take_it_from(upgraded: FleetRepo, how: str) -> None:
    name = next(path for path in upgraded.tree(OLD) if "/deployment-" in path)
    file = upgraded.root / name
    commit = upgraded.git("log", "-1", "--format=%H", "--", name).strip()
    good = file.read_bytes()
    if how == "changed":
        file.write_bytes(good + b"# by hand\n")
    else:
        file.unlink()
    before = upgraded.tree()
    for verb in ("render", "check"):
        wrong = upgraded.meshrev(verb, code=2).err
        assert f"{name}: was {how}" in wrong
        assert f"git checkout {commit} -- {name}" in wrong
    assert upgraded.tree() == before
    upgraded.git("checkout", commit, "--", name)
    assert file.read_bytes() == good
    upgraded.meshrev("check")


def test_a_revision_spec_thaws_a_frozen_revision(upgraded: FleetRepo) -> None:
    revision = istio_revision("default-v1-24-2", "v1.24.2", "istio-system", "pilot: {autoscaleMin: 4}")
    before = upgraded.tree(OLD)
    upgraded.cluster("one", specs("v1.24.3") + revision)
    upgraded.meshrev("render")
    assert upgraded.tree(OLD) != before


# 4. Nothing in use disappears


def test_render_never_removes_a_revision(upgraded: FleetRepo) -> None:
    before = upgraded.tree("rendered/one/revisions")
    upgraded.cluster("one", namespace("shop"))
    upgraded.meshrev("render")
    kept = upgraded.tree("rendered/one/revisions")
    assert kept == before


def test_a_removed_istio_that_a_namespace_follows_is_an_error(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    upgraded.cluster("one", namespace("shop", "istio.io/rev: default-v1-24-3"))
    wrong = upgraded.meshrev("render", code=2).err
    assert "overlays/one/specs.yaml:4:24: Namespace/shop: metadata.labels" in wrong
    assert "still refers to revision default-v1-24-3, but Istio default is no longer in the specs" in wrong
    assert upgraded.tree() == before


def test_a_removed_tag_goes_unless_a_namespace_follows_it(upgraded: FleetRepo) -> None:
    follower = namespace("shop", "istio.io/rev: prod")
    upgraded.cluster("one", specs("v1.24.3", tags=tag("default"), namespaces=follower))
    assert "follows the tag prod, which the specs no longer have" in upgraded.meshrev("render", code=2).err
    upgraded.cluster("one", specs("v1.24.3", tags=tag("default")))
    upgraded.meshrev("render")
    assert not (upgraded.root / "rendered/one/tags/prod").exists()


def test_a_cluster_without_an_overlay_keeps_its_folder_and_is_reported(upgraded: FleetRepo) -> None:
    upgraded.cluster("two", specs())
    upgraded.meshrev("render")
    shutil.rmtree(upgraded.root / "overlays/two")
    before = upgraded.tree()
    assert "rendered/two: no overlay describes this cluster any more" in upgraded.meshrev("render").err
    assert upgraded.meshrev("check", code=1).out == ""
    assert upgraded.tree() == before


# 5. Only its own


def test_a_strangers_file_is_left_alone_and_reported(upgraded: FleetRepo) -> None:
    stranger = upgraded.write("rendered/one/tags/prod/notes.txt", "mine\n")
    upgraded.cluster("one", specs("v1.24.3", minimum=3))
    said = upgraded.meshrev("render").err
    assert "rendered/one/tags/prod/notes.txt: is not in any inventory" in said
    assert stranger.read_text() == "mine\n"


def test_a_file_that_was_changed_by_hand_differs_and_is_written_anew(upgraded: FleetRepo) -> None:
    name = next(path for path in upgraded.tree("rendered/one/tags/prod") if "/mutating" in path)
    good = (upgraded.root / name).read_bytes()
    upgraded.write(name, "by hand\n")
    assert f"differs {name}" in upgraded.meshrev("check", code=1).out
    assert upgraded.meshrev("check", "--output", "json", code=1).json["clusters"][0]["changed"] == [name]
    upgraded.meshrev("render")
    assert (upgraded.root / name).read_bytes() == good


def test_a_symbolic_link_in_the_tree_is_never_followed(
    upgraded: FleetRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    outside = tmp_path_factory.mktemp("outside")
    shutil.move(upgraded.root / "rendered/one/tags", outside / "tags")
    before = {file: file.read_bytes() for file in outside.rglob("*") if file.is_file()}
    (upgraded.root / "rendered/one/tags").symlink_to(outside / "tags")
    upgraded.cluster("one", specs("v1.24.3", minimum=3))
    assert "rendered/one/tags" in upgraded.meshrev("render", code=2).err
    assert {file: file.read_bytes() for file in outside.rglob("*") if file.is_file()} == before


# 6. Namespaces are never pruned, nor taken over


@pytest.mark.parametrize("delivery", ["none", "argocd", "flux"])
def test_a_namespace_is_rendered_with_its_injection_labels_and_nothing_else(repo: FleetRepo, delivery: str) -> None:
    repo.write("meshrev.yaml", fleet_file(delivery=f"{{type: {delivery}}}"))
    repo.cluster("one", specs(namespaces=namespace("shop", "istio.io/rev: prod", "team: shop", "a: b")))
    repo.meshrev("render")
    found = yaml.safe_load((repo.root / "rendered/one/namespaces/shop.yaml").read_text())
    annotations = found["metadata"].pop("annotations", {})
    assert found == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {"name": "shop", "labels": {"istio.io/rev": "prod"}},
    }
    never_pruned = {
        "none": {},
        "argocd": {
            "argocd.argoproj.io/sync-wave": "10",
            "argocd.argoproj.io/compare-options": "IgnoreExtraneous",
            "argocd.argoproj.io/sync-options": "Prune=false,Delete=false,ServerSideApply=true",
        },
        "flux": {"kustomize.toolkit.fluxcd.io/prune": "disabled", "kustomize.toolkit.fluxcd.io/ssa": "Merge"},
    }
    assert annotations == never_pruned[delivery]


# 7. One pod, one injector


def test_a_frozen_webhook_that_matches_what_a_tag_serves_fails_the_render(upgraded: FleetRepo) -> None:
    """The webhooks of the frozen revision are part of the proof, as they lie in the tree."""
    name = next(path for path in upgraded.tree(OLD) if "/mutatingwebhookconfiguration-" in path)
    file = upgraded.root / name
    file.write_text(file.read_text().replace("- default-v1-24-2\n", "- prod\n"))
    inventory = upgraded.root / OLD / "inventory.jsonl"
    import hashlib

    before = hashlib.sha256(upgraded.git("show", f"HEAD:{name}").encode()).hexdigest()
    old_inventory = inventory.read_bytes()
    inventory.write_bytes(
        old_inventory.replace(before.encode(), hashlib.sha256(file.read_bytes()).hexdigest().encode())
    )
    whole = upgraded.root / "rendered/one/inventory.jsonl"
    digests = [hashlib.sha256(text).hexdigest().encode() for text in (old_inventory, inventory.read_bytes())]
    whole.write_bytes(whole.read_bytes().replace(*digests))
    wrong = upgraded.meshrev("render", code=2).err
    assert "a namespace labelled istio.io/rev=prod" in wrong
    assert "intended: prod" in wrong


# 8. No secrets


def test_a_secret_with_data_is_an_error_unless_waived(repo: FleetRepo) -> None:
    repo.cluster("one", specs() + SECRET)
    wrong = repo.meshrev("render", code=2)
    assert "Secret/istio-system/cacerts" in wrong.err
    assert "hunter2" not in wrong.err + wrong.out
    assert not (repo.root / "rendered").exists()
    waiver = "{code: MR060, object: Secret/istio-system/cacerts, reason: a test key}"
    repo.write("meshrev.yaml", fleet_file(waivers=f"[{waiver}]"))
    repo.meshrev("render")
    assert (repo.root / "rendered/one/extra").is_dir()


# Versions


def test_a_fleet_for_another_version_of_the_program_is_refused(repo: FleetRepo) -> None:
    repo.cluster("one", specs())
    repo.write("meshrev.yaml", fleet_file(requiredVersion='">=2,<3"'))
    wrong = repo.meshrev("render", code=2).err
    assert "meshrev.yaml:4:" in wrong
    assert ">=2,<3" in wrong


def test_a_cluster_for_another_version_is_left_as_it_is_and_the_others_are_rendered(repo: FleetRepo) -> None:
    for name in ("one", "two"):
        repo.cluster(name, specs())
    repo.meshrev("render")
    before = repo.tree("rendered/one")
    for name in ("one", "two"):
        repo.cluster(name, specs(minimum=3))
    repo.cluster("one", specs(minimum=3), requiredVersion='">=2"')
    done = repo.meshrev("render")
    assert "two: " in done.out
    assert "overlays/one/cluster.yaml:4:8: Cluster/one: spec.requiredVersion: needs meshrev >=2" in done.err
    assert "left as it is" in done.err
    assert repo.tree("rendered/one") == before
    repo.meshrev("check")
    assert "needs meshrev >=2" in repo.meshrev("render", "--cluster", "one", code=2).err


def test_a_source_without_the_chart_is_refused_and_not_replaced_by_another(repo: FleetRepo) -> None:
    repo.cluster("one", specs())
    fleet = (
        (repo.root / "meshrev.yaml").read_text().replace("delivery:", "source: {type: chart, path: charts}, delivery:")
    )
    repo.write("meshrev.yaml", fleet)
    err = repo.meshrev("render", code=2).err
    assert "the chart istiod 1.24.2 is not vendored: run `meshrev chart pull 1.24.2`" in err


def test_a_version_behind_an_alias_stays_what_it_was_first_rendered_as(repo: FleetRepo) -> None:
    repo.cluster("one", specs("v1.24-latest"))
    repo.meshrev("render")
    (revision,) = (repo.root / "rendered/one/revisions").iterdir()
    assert revision.name == "default-v1-24-6"
    header = json.loads((revision / "inventory.jsonl").read_text().splitlines()[0])
    assert "v1.24-latest" in json.dumps(header)
    # As if v1.24.6 had come out only after this tree was rendered.
    older = Path(repo.root / "rendered/one/revisions/default-v1-24-5")
    repo.cluster("one", specs("v1.24.5"))
    shutil.rmtree(repo.root / "rendered")
    repo.meshrev("render")
    for file in (older / "inventory.jsonl",):
        file.write_text(file.read_text().replace('"requested":"v1.24.5"', '"requested":"v1.24-latest"'))
        file.write_text(file.read_text().replace('"requested": "v1.24.5"', '"requested": "v1.24-latest"'))
    assert "v1.24-latest" in (older / "inventory.jsonl").read_text()
    repo.cluster("one", specs("v1.24-latest"))
    repo.meshrev("render")
    assert [folder.name for folder in (repo.root / "rendered/one/revisions").iterdir()] == ["default-v1-24-5"]


def cut_off(repo: FleetRepo) -> dict[str, bytes]:
    """A journal that is decided and not carried out, as a kill right after the decision leaves it; the tree that it is
    to bring."""
    repo.cluster("one", specs("v1.24.3", minimum=9))
    old = repo.tree()
    repo.meshrev("render")
    new = repo.tree()
    (path,) = (path for path in new if new[path] != old[path] and "/horizontal" in path)
    repo.write(path, old[path].decode())
    repo.write("rendered/.meshrev/staging/p1/one.yaml", new[path].decode())
    step = ["put", path.removeprefix("rendered/"), "p1/one.yaml"]
    repo.write("rendered/.meshrev/journal", json.dumps({"format": 1, "steps": [step]}))
    return new


def test_the_next_render_finishes_what_an_earlier_one_was_cut_off_in(upgraded: FleetRepo) -> None:
    new = cut_off(upgraded)
    upgraded.meshrev("render")
    assert upgraded.tree() == new
    assert not (upgraded.root / "rendered/.meshrev/journal").exists()


@pytest.mark.parametrize("verb", ["status", "check", "lint"])
def test_a_command_that_reads_leaves_to_render_what_was_cut_off(upgraded: FleetRepo, verb: str) -> None:
    cut_off(upgraded)
    before = upgraded.tree()
    done = upgraded.meshrev(verb, code=2)
    assert "meshrev render" in done.err
    assert upgraded.tree() == before
    assert (upgraded.root / "rendered/.meshrev/journal").exists()


def test_a_committed_tree_that_is_not_here_is_not_rendered_from_nothing(upgraded: FleetRepo) -> None:
    shutil.rmtree(upgraded.root / "rendered")
    wrong = upgraded.meshrev("render", code=2).err
    assert "git checkout HEAD -- rendered/one" in wrong
    upgraded.git("checkout", "HEAD", "--", "rendered/one")
    upgraded.meshrev("check")
    upgraded.git("rm", "-rq", "rendered")
    upgraded.commit("start over")
    upgraded.meshrev("render")


def test_a_cluster_is_not_emptied_because_its_build_failed(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    wrong = upgraded.meshrev("render", "--cluster", "one", "-", stdin="", code=2).err
    assert "-: holds no object" in wrong
    upgraded.write("overlays/one/kustomization.yaml", "resources: []\n")
    assert "its specs hold nothing, but the tree has its mesh" in upgraded.meshrev("render", code=2).err
    assert upgraded.tree() == before


def test_a_tag_that_leads_nowhere_is_all_that_is_reported(upgraded: FleetRepo) -> None:
    follower = namespace("shop", "istio.io/rev: prod")
    upgraded.cluster("one", specs("v1.24.3", tags=tag("default") + tag("prod", "defualt"), namespaces=follower))
    (line,) = upgraded.meshrev("render", code=2).err.splitlines()
    assert "RefNotFound: there is no Istio defualt" in line


def test_an_in_place_istio_beside_a_tag_of_its_name_says_what_to_do(repo: FleetRepo) -> None:
    repo.cluster("one", specs().replace("RevisionBased", "InPlace"))
    (line,) = repo.meshrev("render", code=2).err.splitlines()
    assert "an InPlace Istio serves its own name, so remove the tag" in line


def test_a_link_in_the_tree_is_refused_also_where_nothing_else_changed(
    upgraded: FleetRepo, tmp_path_factory: pytest.TempPathFactory
) -> None:
    upgraded.meshrev("render")
    outside = tmp_path_factory.mktemp("outside") / "one"
    shutil.move(upgraded.root / "rendered/one", outside)
    (upgraded.root / "rendered/one").symlink_to(outside)
    for verb in ("render", "check"):
        assert "symbolic link" in upgraded.meshrev(verb, code=2).err


def test_the_workers_of_a_run_that_was_killed_end_with_it(repo: FleetRepo) -> None:
    """Whoever reads its output must see the end of it, and the next command must not meet them."""
    for number in range(60):
        repo.cluster(f"c{number:02}", specs())
    command = [sys.executable, "-m", "render", "render"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.Popen(command, cwd=repo.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env)
    staging = repo.root / "rendered/.meshrev/staging"
    deadline = time.monotonic() + 60
    while not (staging.exists() and any(staging.iterdir())) and run.poll() is None and time.monotonic() < deadline:
        time.sleep(0.01)
    run.kill()
    output, _ = run.communicate(timeout=30)  # ends only when no worker holds the pipe any more
    assert run.returncode == -9, output
    # 2 where the kill came after the decision: what was cut off is left to render.
    assert repo.meshrev("check", code=None).code in (0, 1, 2)
    repo.meshrev("render")
    repo.meshrev("check")


def test_a_value_does_not_take_the_istiod_from_a_revision_in_use(upgraded: FleetRepo) -> None:
    before = upgraded.tree()
    remote = specs("v1.24.3").replace("values: {", "values: {istiodRemote: {enabled: true}, ")
    upgraded.cluster("one", remote)
    wrong = upgraded.meshrev("render", code=2).err
    assert "would remove the istiod of revision default-v1-24-3, which is in use (IstioRevisionTag/default" in wrong
    assert upgraded.tree() == before
