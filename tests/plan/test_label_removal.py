"""Whether delivery takes away a label that the specs no longer have."""

from __future__ import annotations

import pytest

from render.plan.label_removal import Answer, may_remove_label
from render.plan.observed.observation import Owner
from render.specs.kinds import Delivery, NamespaceForm

ARGOCD = Owner("argocd-controller", "Apply")
FLUX = Owner("kustomize-controller", "Apply")
BY_HAND = Owner("kubectl-label", "Update")
HELM = Owner("helm", "Update")


def answer(delivery: Delivery, form: NamespaceForm, *owners: Owner) -> Answer:
    return may_remove_label(delivery, form, owners).answer


@pytest.mark.parametrize("form", ["apply", "manifest"])
@pytest.mark.parametrize(("delivery", "own"), [("argocd", ARGOCD), ("flux", FLUX)])
def test_a_label_that_the_deliverer_alone_owns_is_removed(delivery: Delivery, form: NamespaceForm, own: Owner) -> None:
    assert answer(delivery, form, own) == "yes"
    assert answer(delivery, form, own, HELM) == "no"
    assert answer(delivery, form, Owner(own.manager, "Update"), HELM) == "no"
    assert may_remove_label(delivery, form, None).answer == "unproven"


def test_another_controllers_label_stays() -> None:
    assert answer("argocd", "apply", FLUX) == answer("flux", "apply", ARGOCD) == "no"


def test_a_label_that_nobody_owns_stays() -> None:
    assert answer("argocd", "apply") == "no"


@pytest.mark.parametrize(
    "owner",
    [BY_HAND, Owner("kubectl", "Apply"), Owner("before-first-apply", "Update"), Owner("kubectl-edit", "Update")],
)
def test_what_was_set_by_hand_goes_only_where_flux_delivers_the_whole_namespace(owner: Owner) -> None:
    assert answer("flux", "manifest", FLUX, owner) == "yes"
    assert answer("flux", "apply", FLUX, owner) == "no"
    assert answer("argocd", "manifest", ARGOCD, owner) == "no"


def test_others_are_named() -> None:
    why = may_remove_label("argocd", "apply", [ARGOCD, HELM, BY_HAND]).why
    assert why == "Argo CD removes a label only where nobody else set it, and helm, kubectl-label did"


@pytest.mark.parametrize("delivery", ["argocd", "flux", "none"])
def test_a_patch_leaves_it_to_the_namespaces_owner(delivery: Delivery) -> None:
    assert answer(delivery, "patch", HELM) == may_remove_label(delivery, "patch", None).answer == "owner"


def test_who_set_the_label_has_to_be_who_applies_the_patch() -> None:
    assert may_remove_label("argocd", "patch", [HELM]).why.endswith("if what applies that is what set it (helm)")


def test_nothing_is_proven_where_nobody_is_known_to_apply_the_tree() -> None:
    assert answer("none", "apply", ARGOCD) == "unproven"
