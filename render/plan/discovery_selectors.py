"""Which namespaces an istiod sees: its discovery selectors, and what each of them matches."""

from __future__ import annotations

from collections.abc import Sequence

from render.plan.injection.label_selectors import Selector, matches, requirements
from render.plan.inventory import RevisionRecord
from render.plan.labels import NAMESPACE_NAME_LABEL, Labels
from render.specs.kinds import Namespace
from render.yamlio.location import value_at

SELECTORS = ("meshConfig", "discoverySelectors")


def discovery_selectors(record: RevisionRecord) -> Sequence[Selector]:
    """Returns the selectors of a revision, any of which is enough; one that selects everything where there are none."""
    found = value_at(record.values, *SELECTORS)
    return found if isinstance(found, list) and found else [{}]


def namespace_labels(namespace: Namespace) -> Labels:
    """Returns the labels of a namespace as a cluster has them: with its name, which Kubernetes adds."""
    return {**namespace.labels, NAMESPACE_NAME_LABEL: namespace.name}


def selects(selector: Selector, labels: Labels) -> bool:
    """Returns whether a selector matches; one that cannot be read selects nothing, and istiod logs it."""
    try:
        return matches(selector, labels)
    except (KeyError, ValueError, AttributeError, TypeError):
        return False


def discovers(record: RevisionRecord, labels: Labels) -> bool:
    """Returns whether the istiod of a revision sees a namespace with these labels."""
    return any(selects(one, labels) for one in discovery_selectors(record))


def leaves_out_name(record: RevisionRecord, name: str) -> bool:
    """Returns whether no selector of a revision can match a namespace of this name, whatever its other labels are."""
    return all(_refuses_name(one, name) for one in discovery_selectors(record))


def _refuses_name(selector: Selector, name: str) -> bool:
    try:
        conditions = requirements(selector)
    except (KeyError, ValueError, AttributeError, TypeError):
        return False
    return any(one.key == NAMESPACE_NAME_LABEL and not one.admits(name) for one in conditions)
