"""`meshrev template`: what a person gets who compares with `helm template`."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.errors import InputError
from render.manifests.builtin import render_component
from render.manifests.builtin.facts import components
from render.operations.template.run import INSTALLED, template
from render.operations.template.values import GivenValues, collect_values
from tests.support.programs.helm import make_chart, needs_helm

NOTHING = GivenValues({})


def meshrev(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "render", "template", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, text=True)


def kinds(component: str, values: dict[str, Any]) -> list[str]:
    return [json.loads(text)["kind"] for text in template(component, "1.24.6", GivenValues(values)).objects]


def test_the_objects_are_those_of_the_component_as_istios_guides_install_it() -> None:
    assert set(INSTALLED) == set(components())
    for component, (name, namespace) in INSTALLED.items():
        values = {"revisionTags": ["prod"]} if component == "revisiontags" else {}
        objects = [json.loads(text) for text in template(component, "1.24.6", GivenValues(values)).objects]
        wanted = render_component(component, "1.24.6", name, namespace, values)
        assert objects
        assert sorted(map(json.dumps, objects)) == sorted(map(json.dumps, wanted))


def test_name_and_namespace_can_be_chosen() -> None:
    objects = [json.loads(text) for text in template("gateway", "1.24.6", NOTHING, "edge", "gateways").objects]
    assert {(o["metadata"]["name"], o["metadata"]["namespace"]) for o in objects if o["kind"] == "Service"} == {
        ("edge", "gateways")
    }


@pytest.mark.parametrize("version", ["v1.24.6", "1.24.6", "v1.24-latest", "1.24-latest"])
def test_a_version_is_a_release_or_an_alias_with_v_or_without(version: str) -> None:
    (account, *_) = template("base", version, NOTHING).objects
    assert json.loads(account)["metadata"]["labels"]["app.kubernetes.io/version"] == "1.24.6"


@needs_helm
def test_kinds_come_in_the_order_in_which_helm_prints_them(tmp_path: Path) -> None:
    printed = {
        *kinds("istiod", {"profile": "stable"}),
        *kinds("cni", {"provider": "multus", "resourceQuotas": {"enabled": True}}),
        *(json.loads(text)["kind"] for text in template("ztunnel", "1.30.3", NOTHING).objects),
    }
    documents = [f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: x}}\n" for kind in sorted(printed, reverse=True)]
    done = make_chart(tmp_path / "kinds", all="---\n".join(documents)).template()
    order = re.findall("^kind: (.*)$", done.stdout, re.MULTILINE)
    assert set(order) == printed
    for component, values in (("istiod", {"profile": "stable"}), ("cni", {"provider": "multus"})):
        found = kinds(component, values)
        assert found == sorted(found, key=order.index)


def test_values_that_are_not_the_components_are_all_told_with_their_place() -> None:
    files = [("v.yaml", b"pilot:\n  autoscaleMim: 3\nglobal:\n  hub: [x]\n")]
    with pytest.raises(InputError) as raised:
        template("istiod", "v1.24.3", collect_values(files, ["meshConfigg.x=1"]))
    assert str(raised.value).splitlines() == [
        "--set meshConfigg.x=1: meshConfigg: not a value of istiod 1.24 (did you mean meshConfig?)",
        "v.yaml:2:3: pilot.autoscaleMim: not a value of istiod 1.24 (did you mean autoscaleMin?)",
        "v.yaml:4:3: global.hub: must be text, found a list",
    ]


def test_unknown_values_can_be_allowed_and_wrong_types_cannot() -> None:
    unknown = collect_values([], ["pilot.autoscaleMim=3"])
    (warning,) = template("istiod", "v1.24.3", unknown, allow_unknown_values=True).warnings
    assert warning.severity == "warning"
    assert "did you mean autoscaleMin?" in warning.message
    with pytest.raises(InputError, match=r"pilot\.autoscaleMin"):
        template("istiod", "v1.24.3", collect_values([], ["pilot.autoscaleMin=some"]), allow_unknown_values=True)


def test_a_number_where_text_belongs_says_how_to_give_text() -> None:
    with pytest.raises(InputError) as raised:
        template("istiod", "v1.24.3", collect_values([], ["revision=1"]))
    assert str(raised.value).endswith("(give it with --set-string)")
    assert template("istiod", "v1.24.3", collect_values([], [], ["revision=1"])).objects


def test_a_value_that_this_release_does_not_read_is_a_warning() -> None:
    result = template("ztunnel", "v1.24.3", collect_values([], ["resourceQuotas.enabled=true"]))
    assert result.objects
    assert [warning.severity for warning in result.warnings] == ["warning"]


@pytest.mark.parametrize(
    ("name", "namespace", "places"),
    [
        ("Upper", None, ["--name"]),
        ("x" * 54, None, ["--name"]),
        ("a..b", "x.y", ["--name", "--namespace"]),
        ("ok.name", "-x", ["--namespace"]),
        ("new\nline", None, ["--name"]),
    ],
)
def test_names_that_helm_would_not_take_are_refused(name: str, namespace: str | None, places: list[str]) -> None:
    with pytest.raises(InputError) as raised:
        template("base", "1.24.3", NOTHING, name, namespace)
    assert [finding.file for finding in raised.value.findings] == places


@pytest.mark.parametrize(
    ("component", "version", "values", "message"),
    [
        ("istio", "1.24.3", {}, "istio is not a component (did you mean istiod?)"),
        ("istiod", "1.24.9", {}, "v1.24.9 is not known (did you mean v1.24.6?)"),
        ("istiod", "latest", {}, "latest is not known"),
        ("istiod", "1.24.3", {"profile": "demoo"}, "unknown profile demoo"),
    ],
)
def test_what_cannot_be_rendered_says_why(component: str, version: str, values: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as raised:
        template(component, version, GivenValues(values))
    assert message in str(raised.value)


def test_it_prints_documents_that_mean_what_the_json_says() -> None:
    arguments = ["istiod", "--version", "v1.24.3", "-f", "-", "--set", "revision=canary", "-n", "mesh"]
    values = "global: {istioNamespace: mesh}\n"
    as_yaml, as_json = meshrev(*arguments, stdin=values), meshrev(*arguments, "--output", "json", stdin=values)
    assert (as_yaml.returncode, as_yaml.stderr) == (0, "")
    assert as_yaml.stdout.startswith("---\napiVersion: ")
    objects = list(yaml.safe_load_all(as_yaml.stdout))
    assert objects == json.loads(as_json.stdout)
    assert "istiod-canary" in {o["metadata"]["name"] for o in objects}
    assert meshrev(*arguments, stdin=values).stdout == as_yaml.stdout


def test_a_mistake_goes_to_standard_error_with_exit_code_2_and_nothing_is_printed() -> None:
    done = meshrev("base", "--version", "v1.24.3", "-f", "-", stdin="global: [\n")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"-:\d+:\d+: not valid YAML: .*\n", done.stderr)


def test_warnings_go_to_standard_error_beside_the_objects() -> None:
    done = meshrev("base", "--version", "v1.24.3", "--set", "glbal.x=1", "--allow-unknown-values")
    assert done.returncode == 0
    assert len(list(yaml.safe_load_all(done.stdout))) == 2
    assert done.stderr.startswith("warning: --set glbal.x=1: glbal: not a value of base 1.24")


def test_a_missing_file_and_one_that_is_too_large_are_refused(tmp_path: Path) -> None:
    large = tmp_path / "large.yaml"
    large.write_text("#" * (5 * 1024 * 1024))
    for file, message in (
        (tmp_path / "missing.yaml", "does not exist"),
        (tmp_path, "is a directory"),
        (large, "larger than 4 MiB"),
    ):
        done = meshrev("base", "--version", "v1.24.3", "-f", str(file))
        assert done.returncode == 2
        assert message in done.stderr
        assert str(file) in done.stderr
