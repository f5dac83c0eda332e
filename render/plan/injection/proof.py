"""The proof that for all labels the injection webhook fires that is intended.

Kubernetes calls every webhook whose namespace and object selectors match. Two matches inject a pod twice,
a missing one leaves it without a proxy. Selectors tell apart only finitely many label values, so all
classes of labels are compared, not a sample: each webhook is a box (per label key, the set of values that
it admits), and so is each part of the intention; boxes are compared key by key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from math import prod
from operator import and_

from render.plan.injection.label_selectors import keys_and_values
from render.plan.injection.precedence import SYSTEM_NAMESPACES, decide
from render.plan.injection.webhook_entries import Webhook, firing
from render.plan.labels import INJECTION_LABEL, NAMESPACE_NAME_LABEL, POD_INJECT_LABEL, REVISION_LABEL, Labels

OTHER = "any-other-value"

Dimension = tuple[str, str]  # ("namespace" | "pod", label key)


@dataclass(frozen=True, slots=True)
class Clash:
    """Labels for which not exactly the intended webhook fires. None as a label value: no such label."""

    namespace_labels: Mapping[str, str]
    pod_labels: Mapping[str, str]
    fired: tuple[Webhook, ...]
    intended: str | None

    def text(self) -> str:
        """Returns one line: the labels as the example, what fires and what should."""
        fired = " and ".join(f"{w.configuration} ({w.name}, for {w.serves})" for w in self.fired) or "no webhook"
        return (
            f"a namespace labelled {_labels(self.namespace_labels)} with a pod labelled {_labels(self.pod_labels)} "
            f"is injected by {fired}; intended: {self.intended or 'none'}"
        )


def intended_injector(
    names: frozenset[str] | set[str], namespace_labels: Labels, pod_labels: Labels, *, by_default: bool
) -> str | None:
    """Returns who should inject: the revision or tag of `names` that the deciding label names, or None."""
    wants = decide(namespace_labels, pod_labels, by_default=by_default).wants
    return wants if wants in names else None


def prove(webhooks: Sequence[Webhook], names: Iterable[str], *, by_default: bool = False) -> Clash | None:
    """Show that for every combination of labels at most one webhook fires, the intended one.

    Returns None when that holds, else an example of labels for which it does not. `names` are all
    revisions and tags that must be served. Complete: labels that no selector and no rule of the intention
    mentions, or whose value is not mentioned, all behave as one class.
    """
    served = frozenset(names)
    space = _Space(webhooks, served, by_default=by_default)
    boxes = [space.box(webhook) for webhook in webhooks]
    owners = _Owners(space, boxes)
    for index, box in enumerate(boxes):
        other = owners.first_overlap(index)
        if other is not None:
            return space.clash(_meet(box, boxes[other]), webhooks, served)
    wanted = space.intention(served)
    # Boxes of webhooks are disjoint here, and so are the intention's. A name is served exactly as intended when
    # its webhooks lie within its intention (meeting volumes add up to their own) and fill it.
    for name in served | {webhook.serves for webhook in webhooks}:
        mine = [box for webhook, box in zip(webhooks, boxes, strict=True) if webhook.serves == name]
        regions = wanted.get(name, [])
        for box in mine:
            if sum(_volume(_meet(box, region)) for region in regions) != _volume(box):
                return space.example(webhooks, served, [box], regions)
        if sum(map(_volume, mine)) != sum(map(_volume, regions)):
            return space.example(webhooks, served, regions, mine)
    return None


Box = tuple[int, ...]  # per dimension, a bit for each class of values that is admitted


class _Space:
    """All classes of labels: per dimension the values that are told apart, `ABSENT` and `OTHER`."""

    def __init__(self, found: Sequence[Webhook], names: frozenset[str], *, by_default: bool) -> None:
        self.by_default = by_default
        values: dict[Dimension, set[str]] = {
            ("namespace", INJECTION_LABEL): {"enabled", "disabled"},
            ("namespace", REVISION_LABEL): set(names),
            ("namespace", NAMESPACE_NAME_LABEL): set(SYSTEM_NAMESPACES),
            ("pod", POD_INJECT_LABEL): {"true", "false"},
            ("pod", REVISION_LABEL): set(names),
        }
        for side in ("namespace", "pod"):
            mentioned = keys_and_values(r for webhook in found for r in getattr(webhook, side))
            for key, of_key in mentioned.items():
                values.setdefault((side, key), set()).update(of_key)
        self.dimensions = list(values)
        self.classes: list[list[str | None]] = [
            [None, OTHER, *sorted(values[dimension])] for dimension in self.dimensions
        ]
        self.everything: Box = tuple((1 << len(classes)) - 1 for classes in self.classes)

    def box(self, webhook: Webhook) -> Box:
        masks = list(self.everything)
        for side, found in (("namespace", webhook.namespace), ("pod", webhook.pod)):
            for requirement in found:
                at = self.dimensions.index((side, requirement.key))
                masks[at] &= sum(1 << bit for bit, value in enumerate(self.classes[at]) if requirement.admits(value))
        return tuple(masks)

    def only(self, *conditions: tuple[Dimension, Iterable[str | None]]) -> Box:
        masks = list(self.everything)
        for dimension, admitted in conditions:
            at = self.dimensions.index(dimension)
            masks[at] = sum(1 << self.classes[at].index(value) for value in admitted)
        return tuple(masks)

    def intention(self, names: frozenset[str]) -> dict[str, list[Box]]:
        """`intended_injector` as disjoint boxes by name; a test proves that the two say the same."""
        injection, revision = ("namespace", INJECTION_LABEL), ("namespace", REVISION_LABEL)
        inject, pod_revision = ("pod", POD_INJECT_LABEL), ("pod", REVISION_LABEL)
        not_false = (inject, [value for value in self.classes[self.dimensions.index(inject)] if value != "false"])
        wanted: dict[str, list[Box]] = {}
        for name in names:
            wanted[name] = [
                self.only((injection, [None]), (revision, [name]), not_false),
                self.only((injection, [None]), (revision, [None]), (pod_revision, [name]), not_false),
            ]
        if "default" in names:
            nothing = ((injection, [None]), (revision, [None]), (pod_revision, [None]))
            wanted["default"] += [
                self.only((injection, ["enabled"]), not_false),
                self.only(*nothing, (inject, ["true"])),
            ]
            if self.by_default:
                named = ("namespace", NAMESPACE_NAME_LABEL)
                allowed = [v for v in self.classes[self.dimensions.index(named)] if v not in SYSTEM_NAMESPACES]
                wanted["default"].append(self.only(*nothing, (inject, [None]), (named, allowed)))
        return wanted

    def clash(self, box: Box, found: Sequence[Webhook], names: frozenset[str]) -> Clash:
        """Returns the simplest labels within a box that is not empty: absent where that is admitted."""
        labels: dict[str, dict[str, str]] = {"namespace": {}, "pod": {}}
        for (side, key), mask, classes in zip(self.dimensions, box, self.classes, strict=True):
            value = next(value for bit, value in enumerate(classes) if mask >> bit & 1)
            if value is not None:
                labels[side][key] = value
        namespace, pod = labels["namespace"], labels["pod"]
        wanted = intended_injector(names, namespace, pod, by_default=self.by_default)
        return Clash(namespace, pod, tuple(firing(found, namespace, pod)), wanted)

    def example(
        self, found: Sequence[Webhook], names: frozenset[str], outside: Sequence[Box], of: Sequence[Box]
    ) -> Clash:
        """Returns labels within `outside` but in none of `of`; the caller knows that there are some."""
        for box in outside:
            left = [box]
            for region in of:
                left = [piece for rest in left for piece in _minus(rest, region)]
            if left:
                return self.clash(left[0], found, names)
        raise AssertionError("no example: the volumes were counted wrong")


class _Owners:
    """Finds a webhook that overlaps another, faster than comparing all pairs: by bits per dimension and class."""

    def __init__(self, space: _Space, boxes: Sequence[Box]) -> None:
        self.boxes = boxes
        self.admitting = [
            [sum(1 << i for i, box in enumerate(boxes) if box[at] >> bit & 1) for bit in range(len(classes))]
            for at, classes in enumerate(space.classes)
        ]

    def first_overlap(self, index: int) -> int | None:
        """Returns the lowest other box that shares a class of labels with this one."""
        box = self.boxes[index]
        sharing = (
            reduce(lambda found, bit: found | by_bit[bit], (b for b in range(len(by_bit)) if mask >> b & 1), 0)
            for mask, by_bit in zip(box, self.admitting, strict=True)
        )
        common = reduce(and_, sharing) & ~(1 << index)
        return (common & -common).bit_length() - 1 if common else None


def _meet(one: Box, other: Box) -> Box:
    return tuple(a & b for a, b in zip(one, other, strict=True))


def _volume(box: Box) -> int:
    return prod(mask.bit_count() for mask in box)


def _minus(box: Box, region: Box) -> list[Box]:
    """Returns what is left of a box without a region, as disjoint boxes that are not empty."""
    pieces = []
    rest = list(box)
    for at, mask in enumerate(region):
        outside = rest[at] & ~mask
        if outside:
            pieces.append((*rest[:at], outside, *rest[at + 1 :]))
        rest[at] &= mask
    return [piece for piece in pieces if _volume(piece)]


def _labels(labels: Mapping[str, str]) -> str:
    return ",".join(f"{key}={value}" for key, value in labels.items()) or "(nothing)"
