"""Rules on the default and on tags: each finds what has it, and is silent where nothing has."""

from __future__ import annotations

import pytest

from render.lint.rules.defaults import like_a_revision_elsewhere, names
from tests.support.builders import document, istio, tag
from tests.support.lint_view import Situation, places, said


def validator(name: str, selector: str = "{}", group: str = "networking.istio.io") -> str:
    rules = f'[{{apiGroups: ["{group}"], resources: ["*"]}}]'
    webhook = f"{{name: validation.istio.io, objectSelector: {selector}, rules: {rules}}}"
    return document(API, "ValidatingWebhookConfiguration", name, webhooks=f"[{webhook}]")


API = "admissionregistration.k8s.io/v1"
BY_DEFAULT = "{sidecarInjectorWebhook: {enableNamespacesByDefault: true}}"


# MR110


def test_a_validator_that_is_passed_through_is_a_second_default() -> None:
    (line,) = said("MR110", istio() + tag("default") + validator("istio-validator-mine"))
    assert line.startswith("error ValidatingWebhookConfiguration/istio-validator-mine metadata.name: is a second")
    assert "ValidatingWebhookConfiguration/istiod-default-validator" in line


@pytest.mark.parametrize(
    "other",
    [
        validator("of-a-revision", "{matchLabels: {istio.io/rev: mine}}"),
        validator("of-another-project", group="cert-manager.io"),
        document(API, "ValidatingWebhookConfiguration", "broken", webhooks="[{rules: [{}]}]"),
    ],
)
def test_a_validator_of_something_else_is_no_default(other: str) -> None:
    assert said("MR110", istio() + tag("default") + other) == []


def test_a_validator_is_the_only_one_where_meshrev_makes_none() -> None:
    assert said("MR110", istio() + validator("istiod-default-validator")) == []


def test_a_revision_beside_the_default_cannot_claim_every_namespace() -> None:
    (line,) = said("MR110", istio() + tag("default") + istio(name="canary", strategy="InPlace", values=BY_DEFAULT))
    place, _, message = line.partition(": ")
    assert place == "warning Istio/canary spec.values.sidecarInjectorWebhook.enableNamespacesByDefault"
    assert "default-v1-24-2 is the default here" in message


def test_the_default_may_inject_every_namespace() -> None:
    assert said("MR110", istio(values=BY_DEFAULT) + tag("default") + istio(name="canary")) == []


# MR111


def test_a_mesh_without_a_default_is_not_validated() -> None:
    (line,) = said("MR111", istio() + tag("stable"))
    assert line.startswith("warning Istio/default metadata.name: nothing in this cluster is called default")
    assert "(revisions: default-v1-24-2)" in line


@pytest.mark.parametrize(
    "text",
    [
        istio() + tag("default"),
        istio(strategy="InPlace"),
        istio(name="mesh") + validator("istiod-default-validator"),
        istio(name="mesh", values="{profile: remote}"),
        istio(name="mesh", values="{global: {configValidation: false}}"),
        "",
    ],
)
def test_a_default_or_nothing_to_validate_is_fine(text: str) -> None:
    assert said("MR111", text) == []


# MR112

OLD = istio("v1.23.5")


def test_a_default_that_stays_at_an_inactive_revision_is_told_of() -> None:
    behind = tag("default", "default-v1-23-5", "IstioRevision")
    (line,) = said("MR112", istio() + behind, OLD + behind)
    place, _, message = line.partition(": ")
    assert place == "warning IstioRevisionTag/default spec.targetRef.name"
    assert "(default-v1-24-2 is active)" in message


def test_a_default_that_a_rollout_left_behind_is_only_noted() -> None:
    behind = tag("default", "default-v1-23-5", "IstioRevision", '{meshrev.io/follows: "Istio/default"}')
    assert places("MR112", istio() + behind, OLD + behind) == ["info IstioRevisionTag/default spec.targetRef.name"]


def test_a_revision_default_that_its_istio_left_is_told_of() -> None:
    assert places("MR112", istio(), istio(strategy="InPlace")) == ["warning Istio/default metadata.name"]


def test_a_default_that_moved_is_fine() -> None:
    assert said("MR112", istio() + tag("default"), OLD + tag("default")) == []


# MR113


@pytest.mark.parametrize(("name", "found"), [("default-v1-25-0", 1), ("default-v1", 0), ("other-v1-25-0", 0)])
def test_a_tag_may_not_take_the_name_of_a_revision_to_be(name: str, found: int) -> None:
    lines = said("MR113", istio() + tag(name))
    assert len(lines) == found
    if found:
        assert lines[0].startswith(
            f"warning IstioRevisionTag/{name} metadata.name: is the name that the revision of Istio"
        )


def test_an_istio_in_place_makes_no_names_with_versions() -> None:
    assert said("MR113", istio(strategy="InPlace") + tag("default-v1-25-0")) == []


def elsewhere(**clusters: str) -> list[tuple[str, str]]:
    views = [Situation(text, cluster={"name": name}).view() for name, text in clusters.items()]
    found = like_a_revision_elsewhere(map(names, views))
    return [(cluster, f"{one.resource.title}: {one.message}") for cluster, one in found]


def test_a_tag_that_is_a_revision_in_another_cluster_is_told_of() -> None:
    ((cluster, line),) = elsewhere(eu=istio() + tag("prod"), us=istio(name="prod", strategy="InPlace"))
    assert cluster == "eu"
    assert line.startswith("IstioRevisionTag/prod: is a tag here and a revision in another cluster (us)")


def test_a_tag_default_beside_revisions_default_is_fine() -> None:
    assert elsewhere(eu=istio() + tag("default") + tag("prod"), us=istio(strategy="InPlace")) == []
