"""Whether delivery takes a label away from a namespace when the specs no longer say it.

Applying server-side removes a field only where the applier alone owns it: what somebody else set as well stays, and a
label that stays goes on deciding who injects (Kubernetes, server-side apply, field management).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from render.plan.observed.observation import Owner
from render.specs.kinds import Delivery, NamespaceForm

# Who server-side apply says it is: Argo CD's application controller, Flux's kustomize-controller.
DELIVERERS: Mapping[Delivery, tuple[str, Owner]] = {
    "argocd": ("Argo CD", Owner("argocd-controller", "Apply")),
    "flux": ("Flux", Owner("kustomize-controller", "Apply")),
}
# Whom `kubectl apply --server-side` takes itself for.
BY_HAND = Owner("kubectl", "Apply")

# Managers, by the beginning of their names, whose fields Flux takes over before it applies, so that changes by hand
# do not stay. It does not where an object says `ssa: Merge`, as namespaces in the form `apply` do.
_TAKEN_OVER = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    ("kustomize-controller", "Update"),
)

Answer = Literal["yes", "unproven", "no", "owner"]


@dataclass(frozen=True, slots=True)
class Removal:
    """`yes`: applying removes the label. `no`: somebody else owns it too, so it stays. `unproven`: nobody saw who owns
    it. `owner`: the patch says so, and it goes once the namespace's owner applies that. `why` is a clause for a person.
    """

    answer: Answer
    why: str


def may_remove_label(delivery: Delivery, form: NamespaceForm, owners: Collection[Owner] | None) -> Removal:
    """Returns what becomes of an injection label that the specs no longer have.

    `owners` are those of the label in the cluster as observed with managed fields, None where that is not known.
    """
    if form == "patch":
        by = f", if what applies that is what set it ({', '.join(_names(owners))})" if owners else ""
        return Removal("owner", f"it goes once the namespace's owner has taken in the patch{by}")
    if delivery not in DELIVERERS:
        return Removal("unproven", "delivery is none, so nobody knows who applies the tree, and as whom")
    who, own = DELIVERERS[delivery]
    if owners is None:
        return Removal("unproven", f"{who} removes a label only where nobody else set it")
    others = _names(one for one in owners if one != own and not _is_taken_over(delivery, form, one))
    if others:
        return Removal("no", f"{who} removes a label only where nobody else set it, and {', '.join(others)} did")
    if not owners:
        return Removal("no", f"{who} removes only what it owns, and nobody owns this label")
    return Removal("yes", f"nobody but {who} set it")


def keepers(delivery: Delivery, owners: Iterable[Owner]) -> tuple[Owner, ...]:
    """Returns those owners of a field that keep it in a cluster when it leaves the tree: all but the deliverer, and
    those whose fields Flux takes over. Where nobody delivers that is kubectl."""
    own = DELIVERERS[delivery][1] if delivery in DELIVERERS else BY_HAND
    return tuple(one for one in owners if one != own and not _is_taken_over(delivery, "manifest", one))


def _names(owners: Iterable[Owner]) -> list[str]:
    return sorted({one.manager for one in owners})


def _is_taken_over(delivery: Delivery, form: NamespaceForm, owner: Owner) -> bool:
    return (
        delivery == "flux"
        and form == "manifest"
        and any(owner.manager.startswith(name) and owner.operation == how for name, how in _TAKEN_OVER)
    )
