"""What another manager once applied stays in a cluster when it leaves the specs."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from render.plan.observed.observation import Observation, Owner
from render.plan.observed.verification import ObjectRefusal, OwnedField, VerificationReport
from tests.support.builders import istio, tag
from tests.support.cluster_plan import fleet
from tests.support.lint_view import places, said

ISTIOD = "Deployment/istio-system/istiod-default-v1-24-2"
TAG = "MutatingWebhookConfiguration/istio-revision-tag-prod"
HELM, ARGOCD, FLUX = (
    Owner("helm", "Update"),
    Owner("argocd-controller", "Apply"),
    Owner("kustomize-controller", "Apply"),
)
VARIABLE = '.spec.template.spec.containers[name="discovery"].env[name="PILOT_X"]'
ENTRY = '.webhooks[name="auto.sidecar-injector.istio.io"]'


def mesh(values: str = "{}") -> str:
    return istio(namespace="istio-system", values=values) + tag("prod")


def observed(field: str, *owners: Owner, title: str = ISTIOD) -> Observation:
    return Observation("one", datetime(2026, 8, 22, tzinfo=UTC), None, {}, {title: {field: owners}})


def delivered(by: str = "argocd") -> dict[str, object]:
    return {"fleet": fleet(delivery={"type": by})}


@pytest.mark.parametrize(
    ("title", "field", "of"), [(ISTIOD, VARIABLE, "Istio/default"), (TAG, ENTRY, "IstioRevisionTag/prod")]
)
def test_what_another_manager_owns_and_the_specs_do_not_say_is_told(title: str, field: str, of: str) -> None:
    (line,) = said("MR169", mesh(), observation=observed(field, ARGOCD, HELM, title=title), **delivered())
    assert line.startswith(
        f"warning {of} : {title} has, as observed, {field}, which the specs do not say. helm (Update)"
    )


def test_what_the_specs_say_is_not_told() -> None:
    seen = observed(VARIABLE, ARGOCD, HELM)
    assert said("MR169", mesh("{pilot: {env: {PILOT_X: '1'}}}"), observation=seen, **delivered()) == []


def test_what_the_deliverer_alone_owns_goes_with_the_next_sync() -> None:
    assert said("MR169", mesh(), observation=observed(VARIABLE, ARGOCD), **delivered()) == []
    assert places("MR169", mesh(), observation=observed(VARIABLE, ARGOCD), **delivered("flux"))


def test_what_kubectl_set_is_taken_over_by_flux_and_by_nobody_else() -> None:
    seen = observed(VARIABLE, Owner("kubectl-edit", "Update"))
    assert said("MR169", mesh(), observation=seen, **delivered("flux")) == []
    assert places("MR169", mesh(), observation=seen, **delivered())


def test_where_nobody_delivers_it_is_kubectl_that_applies() -> None:
    assert said("MR169", mesh(), observation=observed(VARIABLE, Owner("kubectl", "Apply")), **delivered("none")) == []
    assert places("MR169", mesh(), observation=observed(VARIABLE, FLUX), **delivered("none"))


def test_an_object_that_the_cluster_is_not_to_have_is_not_compared() -> None:
    seen = observed(VARIABLE, HELM, title="Deployment/istio-system/istiod-other")
    assert said("MR169", mesh(), observation=seen, **delivered()) == []


def test_without_a_look_at_the_objects_nothing_is_said() -> None:
    nothing = Observation("one", datetime(2026, 8, 22, tzinfo=UTC), None, {})
    assert said("MR169", mesh(), observation=nothing, **delivered()) == []


def test_an_answer_of_the_server_is_told_at_the_spec_that_asks_for_the_object() -> None:
    at = datetime(2026, 11, 30, 21, 14, tzinfo=UTC)
    report = VerificationReport("one", at, (ObjectRefusal(TAG, "no"),), (), (OwnedField("ConfigMap/old", None, ()),))
    assert said("MR136", mesh(), verified=report) == [
        f"warning IstioRevisionTag/prod : as the server said at 2026-11-30 21:14 UTC, {TAG} is refused: no",
        "warning Cluster/c : as the server said at 2026-11-30 21:14 UTC, ConfigMap/old is there and not in the tree: "
        "delivering leaves it, of nobody",
    ]
    assert said("MR136", mesh()) == []
