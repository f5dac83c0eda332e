"""Rules on Istio's labels, of whatever is passed through: names that nobody knows, values without a meaning, and kinds
that do not read them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath, did_you_mean, value_text
from render.plan.injection.webhook_entries import SWITCHED_OFF
from render.plan.labels import DATAPLANE_LABEL, INJECTION_LABEL, POD_INJECT_LABEL
from render.plan.workloads import TEMPLATES
from render.specs import releases
from render.specs.annotations import ANY, is_istios, known_labels
from render.specs.values.hints import nearly
from render.yamlio.location import map_at

LABELS = ("metadata", "labels")
# Labels of which only some values mean something (https://istio.io/latest/docs/reference/config/labels/).
_WORDS: Mapping[str, tuple[str, ...]] = {
    DATAPLANE_LABEL: ("ambient", "none"),
    "istio.io/ingress-use-waypoint": ("true", "false"),
    "istio.io/waypoint-for": ("service", "workload", "all", "none"),
    POD_INJECT_LABEL: ("true", "false"),
}
# What istioctl writes beside `operator.istio.io`, and nobody reads.
_INSTALLERS = "install.operator.istio.io/"


@dataclass(frozen=True, slots=True)
class _LabelPlace:
    """Labels that stand somewhere: `kind` is that of the object that will have them in the cluster.

    `below` are the labels of its pods, where it is a workload.
    """

    resource: Resource
    path: FieldPath
    kind: str
    labels: Mapping[str, Any]
    below: Mapping[str, Any] | None = None


def unknown_label(view: View) -> Iterator[Violation]:
    """A label of Istio's domain that it does not have, or one that is nearly `istio-injection`."""
    here = [releases.parse(revision.record.version) for revision in view.plan.revisions]
    for labelled in _label_places(view):
        for name in labelled.labels:
            path = (*labelled.path, name)
            known = known_labels().get(name)
            if known is not None:
                if here and not any(known.is_known_in(release) for release in here):
                    message = f"is a label of Istio {known.span}: no revision of this cluster reads it"
                    yield Violation(message, labelled.resource, path)
            elif name == SWITCHED_OFF.key:
                continue
            elif is_istios(name) and not name.startswith(_INSTALLERS):
                message = f"is no label of Istio{did_you_mean(name, known_labels())}: nothing reads it"
                yield Violation(message, labelled.resource, path)
            elif nearly(name, (INJECTION_LABEL,)) or name == "istio-inject":
                message = f"is no label of Istio (did you mean {INJECTION_LABEL}?): nothing reads it"
                yield Violation(message, labelled.resource, path)


def waking_label(view: View) -> Iterator[Violation]:
    """The label by which istioctl switches webhooks off, because nothing has it."""
    for labelled in _label_places(view):
        if labelled.kind in ("Namespace", "Pod") and SWITCHED_OFF.admits(labelled.labels.get(SWITCHED_OFF.key)):
            message = (
                "is what webhooks ask for that istioctl has switched off: they are called for what has it, beside the "
                "webhook that injects. Take the label away"
            )
            yield Violation(message, labelled.resource, (*labelled.path, SWITCHED_OFF.key))


def meaningless_value(view: View) -> Iterator[Violation]:
    """A value that means nothing to whoever reads the label."""
    for labelled in _label_places(view):
        for name, words in _WORDS.items():
            value = labelled.labels.get(name)
            if isinstance(value, str) and value not in words:
                guess = did_you_mean(value, words)
                message = f"{value_text(value)} is not one of {', '.join(words)}{guess}: nothing comes of it"
                yield Violation(message, labelled.resource, (*labelled.path, name))


def misplaced_label(view: View) -> Iterator[Violation]:
    """A label on a kind that does not read it, most often meant for the pods, which do not have it."""
    for labelled in _label_places(view):
        for name in labelled.labels:
            known = known_labels().get(name)
            if known is None or ANY in known.kinds or labelled.kind in known.kinds:
                continue
            if labelled.kind in _LABELLED_BY_CHARTS:
                continue
            if labelled.below is not None and name in labelled.below:
                continue  # labels that are written on both, as tools do
            template = TEMPLATES.get((labelled.resource.group, labelled.kind))
            way = f": write it under {'.'.join((*template, *LABELS))}" if template and "Pod" in known.kinds else ""
            message = f"is read of {' and '.join(known.kinds)} alone, and this is a {labelled.kind}{way}"
            yield Violation(message, labelled.resource, (*labelled.path, name))


def _label_places(view: View) -> Iterator[_LabelPlace]:
    """Namespaces, Services, Gateways and workloads with their own labels, and pod templates with their pods'."""
    for planned in view.plan.namespaces:
        resource = planned.namespace.resource
        yield _LabelPlace(resource, LABELS, "Namespace", map_at(resource.data, *LABELS))
    for resource in view.plan.specs.extra:
        template = TEMPLATES.get((resource.group, resource.kind))
        if template is None and (resource.group, resource.kind) not in _OTHERS:
            continue
        below = map_at(resource.data, *template, *LABELS) if template else None
        if below is not None and template:
            yield _LabelPlace(resource, (*template, *LABELS), "Pod", below)
        yield _LabelPlace(resource, LABELS, resource.kind, map_at(resource.data, *LABELS), below)


_OTHERS = (("", "Service"), ("gateway.networking.k8s.io", "Gateway"), ("networking.istio.io", "ServiceEntry"))
# Istio's own gateway charts write the labels of the pods on these, too, and nothing comes of it.
_LABELLED_BY_CHARTS = ("Service", "Gateway", "ServiceEntry")


RULES = (
    Rule(
        "MR107",
        "What it was to choose is chosen by nobody: pods start without a proxy, or with another.",
        unknown_label,
    ),
    Rule("MR266", "A pod with two injectors does not start, or has the wrong proxy.", waking_label),
    Rule("MR108", "The label is as good as absent.", meaningless_value),
    Rule("MR109", "What it was to change stays as it is.", misplaced_label),
)
