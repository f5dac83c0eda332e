"""Workloads, which make pods, and how many of these may be away."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, below, in_range, matches, needs

# Five fields, or `@daily` and the like; what each field may say is left to the server.
_SCHEDULE = re.compile(r"(\S+\s+){4}\S+|@(yearly|annually|monthly|weekly|daily|midnight|hourly|every \S+)", re.ASCII)


def with_spec(data: Data) -> Refusals:
    """Checks an object of a kind whose empty spec is refused."""
    yield from needs(data, "spec")


def deployment(data: Data) -> Refusals:
    for name in ("replicas", "minReadySeconds", "revisionHistoryLimit"):
        yield from in_range(data, name, 0)
    ready, progress = data.get("minReadySeconds") or 0, data.get("progressDeadlineSeconds")
    if progress is not None and progress <= ready:
        yield Refusal(("progressDeadlineSeconds",), f"is {progress}: must be more than minReadySeconds")
    yield from _template(data)
    strategy = data.get("strategy") or {}
    if strategy.get("type") == "Recreate" and strategy.get("rollingUpdate") is not None:
        yield Refusal(("strategy", "rollingUpdate"), "must not be there with the type Recreate")


def daemonset(data: Data) -> Refusals:
    for name in ("minReadySeconds", "revisionHistoryLimit"):
        yield from in_range(data, name, 0)
    yield from _template(data)


def _template(data: Data) -> Refusals:
    """Pods restart always, have the labels by which their workload finds them, and have no deadline."""
    spec = data["template"].get("spec") or {}
    if spec.get("restartPolicy") not in (None, "", "Always"):
        yield Refusal(("template", "spec", "restartPolicy"), "must be Always")
    if spec.get("activeDeadlineSeconds") is not None:
        yield Refusal(("template", "spec", "activeDeadlineSeconds"), "must not be there")
    selector = data["selector"]
    if not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield Refusal(("selector",), "must select something")
    yield from _selection(data)


def _selection(data: Data) -> Refusals:
    """Checks that the labels of the template are those by which the workload finds its pods."""
    own = (data["template"].get("metadata") or {}).get("labels") or {}
    selector = data.get("selector") or {}
    for key, value in (selector.get("matchLabels") or {}).items():
        if own.get(key) != value:
            path = ("template", "metadata", "labels", key)
            yield Refusal(path, f"must be {value}, as the selector says", (("selector", "matchLabels", key),))
    for index, one in enumerate(selector.get("matchExpressions") or ()):
        if not _is_met(one, own):
            yield Refusal(("selector", "matchExpressions", index), "does not select the labels of the template")


def _is_met(requirement: Data, labels: Mapping[str, str]) -> bool:
    value, values = labels.get(requirement["key"]), [one or "" for one in requirement.get("values") or ()]
    match requirement["operator"]:
        case "In":
            return value in values
        case "NotIn":
            return value not in values
        case "Exists":
            return value is not None
    return value is None


def rolling_deployment(data: Data) -> Refusals:
    yield from _both(data, None)
    surge, unavailable = _or_default(data, "maxSurge", "25%"), _or_default(data, "maxUnavailable", "25%")
    if _is_zero(surge) and _is_zero(unavailable):
        yield Refusal(("maxUnavailable",), "must not be 0 where maxSurge is 0", (("maxSurge",),))


def rolling_daemonset(data: Data) -> Refusals:
    yield from _both(data, 100)
    surge, unavailable = _or_default(data, "maxSurge", 0), _or_default(data, "maxUnavailable", 1)
    if _is_zero(surge) and _is_zero(unavailable):
        yield Refusal(("maxUnavailable",), "must not be 0 where maxSurge is 0", (("maxSurge",),))
    if not _is_zero(surge) and not _is_zero(unavailable):
        yield Refusal(("maxSurge",), "must be 0 where maxUnavailable is not", (("maxUnavailable",),))


def _or_default(data: Data, name: str, default: Any) -> Any:
    return default if data.get(name) is None else data[name]


def _both(data: Data, most_surge: int | None) -> Refusals:
    yield from count_or_share(data, "maxSurge", most_surge)
    yield from count_or_share(data, "maxUnavailable", 100)


def _is_zero(value: Any) -> bool:
    return value == 0 or (isinstance(value, str) and not value.removesuffix("%").strip("0"))


def count_or_share(data: Data, name: str, most: int | None) -> Refusals:
    """Checks a whole number from 0, or a share such as 25%."""
    value = data.get(name)
    if isinstance(value, str):
        complaint = syntax.percent(value)
        if complaint:
            yield Refusal((name,), complaint)
        elif most is not None and int(value[:-1]) > most:
            yield Refusal((name,), f"is {value}: expected at most {most}%")
    else:
        yield from in_range(data, name, 0)


def disruption_budget(data: Data) -> Refusals:
    if data.get("minAvailable") is not None and data.get("maxUnavailable") is not None:
        yield Refusal(("maxUnavailable",), "must not be there beside minAvailable")
    for name in ("minAvailable", "maxUnavailable"):
        yield from count_or_share(data, name, 100)


def replica_set(data: Data) -> Refusals:
    for name in ("replicas", "minReadySeconds"):
        yield from in_range(data, name, 0)
    yield from needs(data, "template")
    if data.get("template"):
        yield from _template(data)


def stateful_set(data: Data) -> Refusals:
    for name in ("replicas", "minReadySeconds"):
        yield from in_range(data, name, 0)
    yield from matches(data, "serviceName", syntax.label_name)
    yield from _template(data)
    for index, claim in enumerate(data.get("volumeClaimTemplates") or ()):
        own = (claim.get("metadata") or {}).get("name")
        complaint = syntax.label_name(own) if own else "is required"
        if complaint:
            yield Refusal(("volumeClaimTemplates", index, "metadata", "name"), complaint)
        if claim.get("spec") is None:
            yield Refusal(("volumeClaimTemplates", index, "spec"), "is required")


def rolling_stateful_set(data: Data) -> Refusals:
    yield from in_range(data, "partition", 0)
    yield from count_or_share(data, "maxUnavailable", 100)


def ordinals(data: Data) -> Refusals:
    yield from in_range(data, "start", 0)


_COUNTS = (
    "activeDeadlineSeconds",
    "backoffLimit",
    "backoffLimitPerIndex",
    "completions",
    "maxFailedIndexes",
    "parallelism",
    "ttlSecondsAfterFinished",
)


def job(data: Data) -> Refusals:
    for name in _COUNTS:
        yield from in_range(data, name, 0)
    spec = data["template"].get("spec") or {}
    if spec.get("restartPolicy") not in ("OnFailure", "Never"):
        yield Refusal(("template", "spec", "restartPolicy"), "must be OnFailure or Never")
    is_indexed = data.get("completionMode") == "Indexed"
    if is_indexed and data.get("completions") is None:
        yield Refusal(("completions",), "are required with the completionMode Indexed")
    for name in ("backoffLimitPerIndex", "maxFailedIndexes"):
        if data.get(name) is not None and not is_indexed:
            yield Refusal((name,), "must not be there unless completionMode is Indexed")
    if data.get("maxFailedIndexes") is not None and data.get("backoffLimitPerIndex") is None:
        yield Refusal(("backoffLimitPerIndex",), "is required with maxFailedIndexes")
    if data.get("selector") and not data.get("manualSelector"):
        yield Refusal(("selector",), "must not be there: the server makes it")
    if data.get("manualSelector"):
        yield from needs(data, "selector")
        yield from _selection(data)
    if (data.get("maxFailedIndexes") or 0) > (data.get("completions") or 0) and is_indexed:
        yield Refusal(("maxFailedIndexes",), "must not be more than completions", (("completions",),))
    if data.get("managedBy") is not None and ("/" not in data["managedBy"] or syntax.qualified_name(data["managedBy"])):
        yield Refusal(("managedBy",), "must be a name with a domain, such as example.com/controller")
    yield from below(("template", "spec"), in_range(spec, "activeDeadlineSeconds", 1, (1 << 31) - 1))
    if data.get("podFailurePolicy") is not None:
        names = {one["name"] for field in ("initContainers", "containers") for one in spec.get(field) or ()}
        for index, rule in enumerate(data["podFailurePolicy"].get("rules") or ()):
            named = (rule.get("onExitCodes") or {}).get("containerName")
            if named is not None and named not in names:
                path = ("podFailurePolicy", "rules", index, "onExitCodes", "containerName")
                yield Refusal(path, f"is {named}, and the pod has no container of that name")
        if spec.get("restartPolicy") != "Never":
            yield Refusal(("template", "spec", "restartPolicy"), "must be Never where there is a podFailurePolicy")
        if data.get("podReplacementPolicy") not in (None, "Failed"):
            yield Refusal(("podReplacementPolicy",), "must be Failed where there is a podFailurePolicy")


def failure_rule(data: Data) -> Refusals:
    codes, conditions = data.get("onExitCodes"), data.get("onPodConditions")
    if (codes is None) == (not conditions):
        yield Refusal(("onExitCodes",), "or onPodConditions must be there, and not both")
    if codes is not None and not codes.get("values"):
        yield Refusal(("onExitCodes", "values"), "are required")
    for index, one in enumerate(conditions or ()):
        complaint = syntax.qualified_name(one["type"])
        if complaint:
            yield Refusal(("onPodConditions", index, "type"), complaint)


def cron_job(data: Data) -> Refusals:
    for name in ("startingDeadlineSeconds", "successfulJobsHistoryLimit", "failedJobsHistoryLimit"):
        yield from in_range(data, name, 0)
    yield from needs(data, "schedule")
    schedule = str(data["schedule"])
    if "TZ=" in schedule:
        yield Refusal(("schedule",), "must not have a time zone: timeZone is for it")
    elif schedule and not _SCHEDULE.fullmatch(schedule.strip()):
        yield Refusal(("schedule",), f"is {schedule}: expected five fields, or one such as @daily")
    if data.get("timeZone") == "":
        yield Refusal(("timeZone",), "must not be empty")
    if not (data["jobTemplate"].get("spec") or {}).get("template"):
        yield Refusal(("jobTemplate", "spec", "template"), "is required")
