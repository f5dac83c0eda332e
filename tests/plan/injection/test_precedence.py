"""Which label decides, row by row of Istio's table."""

from __future__ import annotations

import pytest

from render.plan.injection.precedence import decide

NONE: dict[str, str] = {}
ENABLED, DISABLED, OTHER = ({"istio-injection": value} for value in ("enabled", "disabled", "on"))
REV, POD_REV = {"istio.io/rev": "x"}, {"istio.io/rev": "y"}
TRUE, FALSE, YES = ({"sidecar.istio.io/inject": value} for value in ("true", "false", "yes"))
SYSTEM = {"kubernetes.io/metadata.name": "kube-system"}


@pytest.mark.parametrize(
    ("namespace", "pod", "rule", "wants"),
    [
        (NONE, NONE, "no-label", None),
        (NONE, POD_REV, "pod-revision", "y"),
        (NONE, TRUE, "pod-injection", "default"),
        (NONE, TRUE | POD_REV, "pod-revision", "y"),
        (NONE, YES, "no-label", None),
        (REV, NONE, "namespace-revision", "x"),
        (REV, TRUE | POD_REV, "namespace-revision", "x"),
        (REV, FALSE, "pod-refuses", None),
        (ENABLED | REV, POD_REV, "namespace-enabled", "default"),
        (ENABLED, FALSE, "pod-refuses", None),
        (DISABLED | REV, TRUE | POD_REV, "namespace-refuses", None),
        (OTHER, TRUE, "namespace-refuses", None),
    ],
)
def test_the_label_decides_that_istio_says(
    namespace: dict[str, str], pod: dict[str, str], rule: str, wants: str | None
) -> None:
    decision = decide(namespace, pod, by_default=False)
    assert (decision.rule, decision.wants) == (rule, wants)
    labels = namespace if decision.side == "namespace" else pod
    assert decision.key is None or decision.key in labels


@pytest.mark.parametrize(
    ("namespace", "pod", "rule", "wants"),
    [
        (NONE, NONE, "by-default", "default"),
        (NONE, {"app": "shop"}, "by-default", "default"),
        (NONE, YES, "no-label", None),
        (NONE, FALSE, "pod-refuses", None),
        (SYSTEM, NONE, "system-namespace", None),
        (SYSTEM, TRUE, "pod-injection", "default"),
        (REV, NONE, "namespace-revision", "x"),
        (DISABLED, NONE, "namespace-refuses", None),
    ],
)
def test_injection_by_default_serves_only_what_no_label_speaks_of(
    namespace: dict[str, str], pod: dict[str, str], rule: str, wants: str | None
) -> None:
    decision = decide(namespace, pod, by_default=True)
    assert (decision.rule, decision.wants) == (rule, wants)
