"""The function as a host sees it: what goes in, what comes out, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from render.operations.hosts.kustomize import run_function, run_plugin
from tests.support.builders import cluster_file
from tests.support.fleet_repo import FleetRepo
from tests.support.krm_functions import (
    EXTRA,
    NAMESPACE,
    again,
    all_loaded,
    ask,
    by_name,
    config,
    dumped,
    loaded,
    objects,
    rendered_fleet,
    specs,
    tree,
)


def test_the_generator_adds_every_object_of_the_committed_tree_to_what_came_in(fleet: FleetRepo) -> None:
    answer, printed = ask(fleet, config())
    asked, *added = printed["items"]
    assert asked == config()
    assert printed["functionConfig"] == config()
    assert by_name(added) == by_name(tree(fleet))
    assert (answer.code, answer.findings, "results" in printed) == (0, (), False)


def test_the_generator_works_without_items(fleet: FleetRepo) -> None:
    _, printed = ask(fleet, config(), [])
    assert by_name(printed["items"]) == by_name(tree(fleet))


@pytest.mark.parametrize("version", ["v1beta1", "v1alpha1"])
def test_older_versions_of_the_list_are_answered_in_kind(fleet: FleetRepo, version: str) -> None:
    answer, printed = ask(fleet, config(), [], version)
    assert answer.code == 0
    assert len(printed["items"]) == len(tree(fleet))


def test_what_the_generator_prints_of_a_revision_is_frozen_with_it(fleet: FleetRepo) -> None:
    fleet.cluster("prod-eu", specs("v1.24.3"))
    again(fleet)
    _, printed = ask(fleet, config(), [])
    names = {item["metadata"]["name"] for item in printed["items"] if item["kind"] == "Deployment"}
    assert names == {"istiod-default-v1-24-2", "istiod-default-v1-24-3"}
    assert by_name(printed["items"]) == by_name(tree(fleet))


def test_a_tree_that_is_not_what_the_specs_render_to_is_refused_and_the_items_stay(fleet: FleetRepo) -> None:
    fleet.cluster("prod-eu", specs("v1.24.3"))
    for kind, items in (("ClusterTree", None), ("ClusterSpecs", objects(specs("v1.24.3")))):
        answer, printed = ask(fleet, config(kind), items)
        assert answer.code == 1
        (result,) = printed["results"]
        assert result["severity"] == "error"
        assert result["file"] == {"path": "rendered/prod-eu"}
        assert "run `meshrev render` and commit what it writes" in result["message"]
        assert printed["items"] == ([config()] if items is None else items)


def test_a_frozen_file_that_was_changed_is_refused(fleet: FleetRepo) -> None:
    fleet.cluster("prod-eu", specs("v1.24.3"))
    again(fleet)
    file = next((fleet.root / "rendered/prod-eu/revisions/default-v1-24-2").glob("deployment-*.yaml"))
    file.write_text(file.read_text() + "# mine\n")
    answer, printed = ask(fleet, config())
    assert answer.code == 2
    assert "its revision is frozen" in printed["results"][0]["message"]


def test_specs_become_what_they_render_to_and_all_else_stays_as_it_was(fleet: FleetRepo) -> None:
    items = objects(specs())
    answer, printed = ask(fleet, config("ClusterSpecs"), items)
    assert answer.code == 0
    namespace, sidecar = printed["items"][:2]
    assert sidecar == items[-1]
    assert namespace == items[-2]
    rendered = [item for item in tree(fleet) if item["kind"] not in ("Namespace", "Sidecar")]
    assert by_name(printed["items"][2:]) == by_name(rendered)


def test_objects_that_are_no_specs_of_the_overlay_need_not_be_in_the_tree(fleet: FleetRepo) -> None:
    more = objects("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app, namespace: shop}\ndata: {a: 'yes'}\n")
    answer, printed = ask(fleet, config("ClusterSpecs"), [*objects(specs()), *more])
    assert answer.code == 0
    assert more[0] in printed["items"]


def test_a_secret_of_the_build_is_kept_since_nothing_is_committed(fleet: FleetRepo) -> None:
    secret = objects("apiVersion: v1\nkind: Secret\nmetadata: {name: app}\nstringData: {key: hunter2}\n")
    answer, printed = ask(fleet, config("ClusterSpecs"), [*objects(specs()), *secret])
    assert (answer.code, answer.findings) == (0, ())
    assert secret[0] in printed["items"]


def test_a_configuration_among_the_items_stays(fleet: FleetRepo) -> None:
    _, printed = ask(fleet, config("ClusterSpecs"), [*objects(specs()), config("ClusterSpecs")])
    assert config("ClusterSpecs") in printed["items"]


def test_inactive_revisions_come_from_the_tree(fleet: FleetRepo) -> None:
    fleet.cluster("prod-eu", specs("v1.24.3"))
    again(fleet)
    _, printed = ask(fleet, config("ClusterSpecs"), objects(specs("v1.24.3")))
    names = {item["metadata"]["name"] for item in printed["items"] if item["kind"] == "Deployment"}
    assert names == {"istiod-default-v1-24-2", "istiod-default-v1-24-3"}


def test_whole_namespaces_are_kept_from_pruning_as_the_tree_keeps_its_own(fleet: FleetRepo) -> None:
    file = fleet.root / "meshrev.yaml"
    file.write_text(file.read_text().replace("type: none", "type: flux"))
    again(fleet)
    _, printed = ask(fleet, config("ClusterSpecs"), objects(specs()))
    namespace = printed["items"][0]
    before = objects(specs())[-2]["metadata"]
    added = {"kustomize.toolkit.fluxcd.io/prune": "disabled"}
    assert namespace["metadata"] == {**before, "annotations": {**before["annotations"], **added}}


@pytest.mark.parametrize("kind", ["ClusterTree", "ClusterSpecs"])
def test_without_a_tree_a_revision_based_istio_is_refused(tmp_path: Path, kind: str) -> None:
    fleet = rendered_fleet(tmp_path, render_it=False)
    answer, printed = ask(fleet, config(kind), objects(specs()))
    assert answer.code == 2
    (result,) = printed["results"]
    assert result["resourceRef"] == {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "name": "default"}
    assert result["field"] == {"path": "spec.updateStrategy.type"}
    assert "without the committed tree" in result["message"]
    assert result["file"]["path"] == ("overlays/prod-eu/specs.yaml" if kind == "ClusterTree" else "specs/0.yaml")


@pytest.mark.parametrize("kind", ["ClusterTree", "ClusterSpecs"])
def test_without_a_tree_an_istio_in_place_is_rendered_and_nothing_is_written(tmp_path: Path, kind: str) -> None:
    fleet = rendered_fleet(tmp_path, specs(strategy="InPlace"), render_it=False)
    before = fleet.tree(".")
    answer, printed = ask(fleet, config(kind), objects(specs(strategy="InPlace")) if kind == "ClusterSpecs" else [])
    assert answer.code == 0
    assert fleet.tree(".") == before
    assert not (fleet.root / "rendered").exists()
    again(fleet)
    of_the_mesh = [item for item in printed["items"] if item["kind"] not in ("Namespace", "Sidecar")]
    assert by_name(of_the_mesh) == by_name([i for i in tree(fleet) if i["kind"] not in ("Namespace", "Sidecar")])


def test_an_unknown_cluster_names_the_nearest(fleet: FleetRepo) -> None:
    answer, printed = ask(fleet, config(cluster="prod-ue"))
    assert answer.code == 2
    assert [result["message"] for result in printed["results"]] == [
        "there is no cluster prod-ue (did you mean prod-eu?)"
    ]


def test_specs_of_another_cluster_are_refused(fleet: FleetRepo) -> None:
    answer, printed = ask(fleet, config("ClusterSpecs"), objects(cluster_file("other") + specs()))
    assert answer.code == 2
    assert printed["results"][0]["message"] == "is not the cluster that was asked for, prod-eu"


def test_a_mistake_in_a_spec_names_object_field_and_the_file_that_the_host_knows(fleet: FleetRepo) -> None:
    answer, printed = ask(fleet, config("ClusterSpecs"), objects(specs("v1.24.99")))
    (result,) = printed["results"]
    assert result["field"] == {"path": "spec.version"}
    assert result["file"] == {"path": "specs/0.yaml"}
    assert answer.findings[0].text().startswith("specs/0.yaml: Istio/default: spec.version: ")


def test_a_transformer_without_specs_says_where_to_list_it(fleet: FleetRepo) -> None:
    answer, _ = ask(fleet, config("ClusterSpecs"), objects(NAMESPACE))
    assert answer.code == 2
    assert "list this function under `transformers:`" in answer.findings[0].message


def test_an_object_that_would_be_there_twice_is_named_with_both_places(fleet: FleetRepo) -> None:
    twice = next(item for item in tree(fleet) if item["kind"] == "ServiceAccount")
    twice["metadata"]["annotations"] = {"config.kubernetes.io/path": "app/account.yaml"}
    for kind, items in (("ClusterTree", [twice]), ("ClusterSpecs", [*objects(specs()), twice])):
        answer, printed = ask(fleet, config(kind), items)
        assert answer.code == 2
        (finding,) = answer.findings
        assert finding.file == "app/account.yaml"
        assert "is in the build already, and rendered/prod-eu/" in finding.message
        assert printed["items"] == items


def test_two_items_of_one_identity_are_refused(fleet: FleetRepo) -> None:
    answer, _ = ask(fleet, config("ClusterSpecs"), [*objects(specs()), *objects(EXTRA)])
    assert answer.code == 2
    assert "is there twice in this cluster" in answer.findings[0].message


def test_a_warning_is_a_result_and_no_failure(fleet: FleetRepo) -> None:
    fleet.write("rendered/prod-eu/notes.txt", "mine\n")
    answer, printed = ask(fleet, config())
    assert answer.code == 0
    (result,) = printed["results"]
    assert (result["severity"], result["tags"]) == ("warning", {"code": "MR096"})
    assert result["file"] == {"path": "rendered/prod-eu/notes.txt"}


def test_a_change_that_was_cut_off_is_left_for_a_command_that_writes(fleet: FleetRepo) -> None:
    journal = fleet.write("rendered/.meshrev/journal", "")
    answer, _ = ask(fleet, config())
    assert answer.code == 2
    assert "`meshrev render` finishes or undoes that" in answer.findings[0].message
    assert journal.exists()


def test_values_that_yaml_could_take_for_something_else_stay_text(fleet: FleetRepo) -> None:
    data = {"yes": "yes", "n": "1e3", "time": "12:30:45", "text": "a\n\n b\n", "empty": "", "hash": "# no"}
    item = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "odd"}, "data": data}
    _, printed = ask(fleet, config(), [item])
    assert printed["items"][0] == item


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty: a ResourceList is expected"),
        ("kind: [", ""),
        ("kind: ConfigMap\n", "a ResourceList is expected, not ConfigMap"),
        ("apiVersion: config.kubernetes.io/v2\nkind: ResourceList\n", "config.kubernetes.io/v2 is not read"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: {}\n", "must be a list, not an object"),
        ("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n", "must be an object that says what to do"),
        (
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: [{kind: A}]\nfunctionConfig: {}\n",
            "a Kubernetes object needs one",
        ),
    ],
)
def test_a_broken_list_is_one_line_and_still_answered_with_a_list(tmp_path: Path, text: str, said: str) -> None:
    answer = run_function(text.encode(), tmp_path)
    assert answer.code == 2
    (finding,) = answer.findings
    assert said in finding.message
    assert "\n" not in finding.text()
    printed = loaded(answer.out)
    assert (printed["apiVersion"], printed["kind"]) == ("config.kubernetes.io/v1", "ResourceList")
    assert [result["message"] for result in printed["results"]] == [finding.message]


def test_a_bug_is_a_result_too(fleet: FleetRepo, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("out of cheese")

    monkeypatch.setattr("render.operations.hosts.kustomize.committed_objects", broken)
    answer, printed = ask(fleet, config())
    assert (answer.code, type(answer.bug)) == (3, RuntimeError)
    assert printed["results"][0]["message"] == "a bug of meshrev: RuntimeError: out of cheese"


def test_the_plugin_form_prints_documents(fleet: FleetRepo) -> None:
    answer = run_plugin(yaml.safe_dump(config()).encode(), b"", fleet.root / "deploy")
    assert by_name(all_loaded(answer.out)) == by_name(tree(fleet))


def test_the_plugin_form_transforms_a_stream(fleet: FleetRepo) -> None:
    text = dumped(objects(specs()))
    answer = run_plugin(yaml.safe_dump(config("ClusterSpecs")).encode(), text, fleet.root / "deploy")
    _, printed = ask(fleet, config("ClusterSpecs"), objects(specs()))
    assert all_loaded(answer.out) == printed["items"]


@pytest.mark.parametrize("asked", [b"", b"[]", b"kind: ["])
def test_the_plugin_form_prints_nothing_after_an_error(fleet: FleetRepo, asked: bytes) -> None:
    for text in (asked, yaml.safe_dump(config(cluster="nope")).encode()):
        answer = run_plugin(text, b"", fleet.root / "deploy")
        assert (answer.code, answer.out) == (2, b"")
        assert len(answer.findings) == 1
