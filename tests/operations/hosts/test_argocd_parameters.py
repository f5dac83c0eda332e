"""What an Argo CD Application says in its parameters."""

from __future__ import annotations

import json
from typing import Any

import pytest

from render.errors import InputError
from render.operations.hosts.argocd_parameters import NAMES, Parameters, announcement, application_parameters
from render.operations.hosts.tree_objects import PARTS


def said(*parameters: Any) -> dict[str, str]:
    return {"ARGOCD_APP_PARAMETERS": json.dumps(list(parameters))}


@pytest.mark.parametrize("environment", [{}, {"ARGOCD_APP_PARAMETERS": "null"}, {"ARGOCD_APP_PARAMETERS": "[]"}])
def test_without_parameters_the_announced_defaults_hold(environment: dict[str, str]) -> None:
    assert application_parameters(environment) == Parameters(None, PARTS)


def test_parameters_come_as_json_or_one_by_one() -> None:
    expected = Parameters("prod", ("crds", "tags"))
    parts = {"name": "parts", "array": ["tags", "crds"]}
    assert application_parameters(said({"name": "cluster", "string": "prod"}, parts)) == expected
    single = {"PARAM_CLUSTER": "prod", "PARAM_PARTS_1": "crds", "PARAM_PARTS_0": "tags", "PATH": "/bin"}
    assert application_parameters(single) == expected


def test_json_wins_over_single_variables_that_the_sidecar_may_have_of_its_own() -> None:
    environment = {**said({"name": "cluster", "string": "prod"}), "PARAM_CLUSTER": "other", "PARAM_COLOUR": "red"}
    assert application_parameters(environment).cluster == "prod"


def test_a_cleared_cluster_says_nothing() -> None:
    assert application_parameters(said({"name": "cluster", "string": ""})).cluster is None


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        (said({"name": "clustr", "string": "a"}), "clustr: there is no such parameter (did you mean cluster?)"),
        (said({"name": "x", "string": "a"}), "x: there is no such parameter (known: cluster, parts)"),
        ({"PARAM_CLUSTERS": "a"}, "clusters: there is no such parameter (did you mean cluster?)"),
        (said({"name": "cluster", "array": ["a"]}), "cluster: expected a string"),
        (said({"name": "cluster"}), "cluster: expected a string"),
        (said({"name": "cluster", "string": "a"}, {"name": "cluster", "string": "b"}), "cluster: is given twice"),
        (said({"name": "parts", "string": "crds"}), "parts: expected an array of parts (crds, revisions, "),
        (said({"name": "parts", "array": []}), "parts: expected an array of parts (crds, revisions, "),
        (said({"name": "parts", "array": ["tag"]}), "parts: there is no part 'tag' (did you mean tags?)"),
        (said({"name": "parts", "array": [["crds"]]}), "parts: there is no part ['crds']"),
        (said("cluster"), "ARGOCD_APP_PARAMETERS is not a list of parameters with names"),
        ({"ARGOCD_APP_PARAMETERS": "{"}, "ARGOCD_APP_PARAMETERS is not JSON"),
        ({"ARGOCD_APP_PARAMETERS": '"cluster"'}, "ARGOCD_APP_PARAMETERS is not a list of parameters with names"),
        ({"ARGOCD_APP_PARAMETERS": "1"}, "ARGOCD_APP_PARAMETERS is not a list of parameters with names"),
    ],
)
def test_what_is_not_known_is_refused(environment: dict[str, str], message: str) -> None:
    with pytest.raises(InputError) as refused:
        application_parameters(environment)
    (finding,) = refused.value.findings
    assert finding.text().startswith("spec.source.plugin.parameters")
    assert message in finding.text()


def test_every_known_parameter_is_announced_with_the_default_that_holds() -> None:
    announced = announcement("prod")
    assert tuple(item["name"] for item in announced) == NAMES
    texts = ("name", "title", "tooltip", "itemType", "collectionType")
    for item in announced:
        assert all(isinstance(item[key], str) and item[key] for key in texts)
        assert set(item) == {*texts, "required", item["collectionType"]}
    assert application_parameters(said(*announced)) == Parameters("prod", PARTS)
