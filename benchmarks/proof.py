"""How long the proof takes that every pod has one injector, beside trying every combination of labels.

    python benchmarks/proof.py --revisions 25 --tags 25

The webhooks are those that are rendered for that many revisions and tags, the tag `default` with injection by default
among them. The proof looks at all classes of labels; trying them one by one is measured on a sample and scaled.
Each clash that is planted afterwards must be found: in the webhook that comes last, which is the slowest to find.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from math import prod
from typing import Any

from render.manifests.builtin import render_component
from render.plan.injection.precedence import SYSTEM_NAMESPACES
from render.plan.injection.proof import OTHER, Clash, intended_injector, prove
from render.plan.injection.webhook_entries import Webhook, firing, webhooks
from render.plan.labels import INJECTION_LABEL, NAMESPACE_NAME_LABEL, POD_INJECT_LABEL, REVISION_LABEL

VERSION = "1.30.3"
REPEATS, SAMPLE = 20, 2000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--revisions", type=int, default=25)
    parser.add_argument("--tags", type=int, default=25, help="the tag default among them")
    given = parser.parse_args()
    found, names = rendered(given.revisions, given.tags)
    classes = all_classes(names)
    combinations = prod(len(values) for _, values in classes)
    seconds = median(lambda: holds(prove(found, names, by_default=True)))
    tried = sampled(found, names, classes) * combinations
    print(f"{given.revisions} revisions, {given.tags} tags, {len(found)} webhooks, {combinations:,} classes of labels")
    print(f"{'proof of all of them':34}{seconds * 1000:12.1f} ms")
    print(f"{f'one by one, scaled from {SAMPLE}':34}{tried * 1000:12.0f} ms   {tried / seconds:,.0f} times")
    for what, broken in planted(found):
        start = time.perf_counter()
        clash = prove(broken, names, by_default=True)
        took = time.perf_counter() - start
        if clash is None:
            raise SystemExit(f"not found: {what}")
        print(f"{f'finding {what}':34}{took * 1000:12.1f} ms")
    print("wanted: 50 revisions and tags in less than 1000 ms")


def rendered(revisions: int, tags: int) -> tuple[list[Webhook], frozenset[str]]:
    """The webhooks of that many revisions and tags, and their names. Each tag is on one of the revisions."""
    configurations: list[dict[str, Any]] = []
    names = [f"default-v1-30-{number}" for number in range(revisions)]
    labels = ["default", *(f"team-{number}" for number in range(1, tags))]
    injection = {"sidecarInjectorWebhook": {"enableNamespacesByDefault": True}}
    for name in names:
        configurations += render_component("istiod", VERSION, f"{name}-istiod", "istio-system", {"revision": name})
    for number, label in enumerate(labels):
        values = {"revision": names[number % revisions], "revisionTags": [label]}
        values |= injection if label == "default" else {}
        configurations += render_component("revisiontags", VERSION, f"{label}-revisiontags", "istio-system", values)
    kept = [one for one in configurations if one["kind"] == "MutatingWebhookConfiguration"]
    return webhooks(kept), frozenset((*names, *labels))


def all_classes(names: frozenset[str]) -> list[tuple[tuple[str, str], list[str | None]]]:
    """Per label the values that anything tells apart; None: no such label."""
    return [
        (("namespace", INJECTION_LABEL), [None, OTHER, "enabled", "disabled"]),
        (("namespace", REVISION_LABEL), [None, OTHER, *sorted(names)]),
        (("namespace", NAMESPACE_NAME_LABEL), [None, OTHER, *SYSTEM_NAMESPACES]),
        (("pod", POD_INJECT_LABEL), [None, OTHER, "true", "false"]),
        (("pod", REVISION_LABEL), [None, OTHER, *sorted(names)]),
    ]


def sampled(
    found: list[Webhook], names: frozenset[str], classes: list[tuple[tuple[str, str], list[str | None]]]
) -> float:
    """The seconds that one combination takes: every webhook asked, and compared with who should."""
    choose = random.Random(1).choice
    chosen = [[choose(values) for _, values in classes] for _ in range(SAMPLE)]
    start = time.perf_counter()
    for row in chosen:
        labels: dict[str, dict[str, str]] = {"namespace": {}, "pod": {}}
        for ((side, key), _), value in zip(classes, row, strict=True):
            if value is not None:
                labels[side][key] = value
        wanted = intended_injector(names, labels["namespace"], labels["pod"], by_default=True)
        fired = [webhook.serves for webhook in firing(found, labels["namespace"], labels["pod"])]
        if fired != ([wanted] if wanted else []):
            raise SystemExit(f"a clash that the proof did not find: {labels}")
    return (time.perf_counter() - start) / len(chosen)


def planted(found: list[Webhook]) -> list[tuple[str, list[Webhook]]]:
    """The same webhooks with one mistake each."""
    last = found[-1]
    return [
        ("a webhook that is there twice", [*found, replace(last, configuration="copy")]),
        ("a selector that admits too much", [*found[:-1], replace(last, namespace=last.namespace[1:])]),
        ("a webhook that is missing", found[:-1]),
        ("one for the wrong name", [*found[:-1], replace(last, serves=found[0].serves)]),
    ]


def holds(clash: Clash | None) -> None:
    if clash is not None:
        raise SystemExit(clash.text())


def median(action: Callable[[], None]) -> float:
    taken = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


if __name__ == "__main__":
    main()
