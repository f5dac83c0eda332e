"""What it takes to update an Istio in another way from now on, while everybody who follows it stays injected.

An InPlace Istio injects for its own name, by its own webhook configuration. Revisions inject for theirs, and what stays
is a tag of that name. Objects change one by one in a cluster, so that configuration is kept: first the tag takes it
over, in one commit, while the Istio is what it was; then the strategy changes, and by the tag a person moves those who
follow it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from render.errors import wrong
from render.messages import FieldPath
from render.operations.change.new_objects import NewObject
from render.operations.change.promotion_rules import (
    INJECTOR,
    Injectors,
    Promotion,
    PromotionWishes,
    WishList,
    clusters_having,
    kept_behind,
    tags_behind,
)
from render.operations.change.spec_edits import Wish
from render.plan.cluster import ClusterPlan, PlannedIstio
from render.plan.revision_facts import is_remote
from render.plan.revision_names import revision_name
from render.specs.build import INJECTOR_ANNOTATION
from render.specs.kinds import Strategy

_STRATEGY: FieldPath = ("spec", "updateStrategy", "type")
_REVISION_BASED = "RevisionBased"


def strategy_wishes(
    promotion: Promotion, plans: Sequence[ClusterPlan], injectors: Injectors, *, named: bool
) -> PromotionWishes:
    """Returns the next step towards the strategy `promotion.to`: the tags that these clusters lack, or where all have
    theirs the strategy. A cluster without the Istio is an `InputError` as in `wishes_of`."""
    having = clusters_having(promotion, plans, named)
    strategy: Strategy = "RevisionBased" if promotion.to == _REVISION_BASED else "InPlace"
    for _, istio in having:
        if operator := istio.istio.operator:
            message = (
                f"{operator.resource.title} has no strategy: what it names in spec.revision is there beside others"
            )
            raise wrong("MR332", message, file=operator.resource.origin.file, object=operator.resource.title)
    if promotion.to == _REVISION_BASED:
        lacking = [(plan, istio) for plan, istio in having if _lacks_tag(plan, istio, injectors)]
        if lacking:
            return _with_tags(lacking, injectors)
    found = WishList()
    for plan, istio in having:
        spec = istio.istio
        wished = Wish(plan.specs.folder, spec.resource, _STRATEGY, promotion.to)
        if spec.strategy == promotion.to:
            as_it_is = [wished] if wished.is_so else []
            found.add(plan, [*as_it_is, *tags_behind(plan, istio)], istio.active)
            continue
        found.add(plan, [wished, *kept_behind(plan, istio), *_kept_injector(plan, istio, injectors)], istio.active)
        new = revision_name(replace(spec, strategy=strategy), istio.version)
        tags = [tag.name for tag in plan.tags if tag.revision == istio.active]
        ways = " and ".join(f"`meshrev promote --tag {tag} --to {new}`" for tag in tags)
        found.note(
            f"{new} comes in beside {istio.active}, and nobody moves"
            + (f"; then {ways} moves who follows" if ways else ""),
            plan,
        )
    return found.result(promotion.to)


def _lacks_tag(plan: ClusterPlan, istio: PlannedIstio, injectors: Injectors) -> bool:
    """Returns whether the Istio's own webhook configuration injects for its name: one in another cluster does not, and
    one that somebody else manages stays."""
    name = istio.istio.name
    has_injector = name in injectors.get(plan.specs.cluster.name, {})
    local = has_injector and not is_remote(plan.revision(istio.active).record)
    return istio.istio.strategy == "InPlace" and local and plan.tag(name) is None


def _with_tags(lacking: Iterable[tuple[ClusterPlan, PlannedIstio]], injectors: Injectors) -> PromotionWishes:
    objects, clusters, name = [], [], ""
    for plan, istio in lacking:
        name, cluster = istio.istio.name, plan.specs.cluster.name
        clusters.append(cluster)
        objects.append(NewObject(plan.specs.folder, _tag(name, injectors[cluster][name])))
    note = (
        f"step 1 of 2: a tag {name} takes over the webhook configuration of Istio {name}, which goes on calling the "
        f"same istiod; then again: `meshrev promote --istio {name} --strategy {_REVISION_BASED}`"
    )
    return PromotionWishes((), (name,), _REVISION_BASED, tuple(clusters), (note,), tuple(objects))


def _tag(name: str, injector: str) -> dict[str, object]:
    return {
        "apiVersion": "sailoperator.io/v1",
        "kind": "IstioRevisionTag",
        "metadata": {"name": name, "annotations": {INJECTOR_ANNOTATION: injector}},
        "spec": {"targetRef": {"kind": "Istio", "name": name}},
    }


def _kept_injector(plan: ClusterPlan, istio: PlannedIstio, injectors: Injectors) -> Iterable[Wish]:
    """Yields what lets a tag of the Istio's name stay beside the revision of that name: it injects for it."""
    tag = plan.tag(istio.istio.name)
    injector = injectors.get(plan.specs.cluster.name, {}).get(istio.istio.name)
    if tag and injector:
        yield Wish(plan.specs.folder, tag.tag.resource, INJECTOR, injector)
