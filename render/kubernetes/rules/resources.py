"""How much of what containers ask for, and may use."""

from __future__ import annotations

from typing import Any

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Path, Refusal, Refusals

_STANDARD = ("cpu", "memory", "ephemeral-storage")


def resources(data: Data) -> Refusals:
    limits, requests = data.get("limits") or {}, data.get("requests") or {}
    for field, given in (("limits", limits), ("requests", requests)):
        yield from amounts(given, (field,))
    if any(map(_is_huge_page, (*limits, *requests))) and not {"cpu", "memory"} & {*limits, *requests}:
        field, name = next((field, name) for field in data for name in data[field] or () if _is_huge_page(str(name)))
        yield Refusal((field, name), "must not be there without cpu or memory")
    for name, value in requests.items():
        path, limit = ("requests", name), ("limits", name)
        low, high = quantity.quantity(value or 0), quantity.quantity((limits[name] or 0) if name in limits else None)
        if low is not None and high is not None and low > high:
            yield Refusal(path, f"is {value}, more than the limit, which is {limits[name]}", (limit,))
        elif low is not None and high is None and not _is_divisible(name):
            yield Refusal(path, "must not be there without a limit, which has to be the same", (limit,))
        elif not _is_divisible(name) and low != high:
            yield Refusal(path, f"is {value}: must be the limit, which is {limits[name]}", (limit,))


def amounts(given: Data, at: Path) -> Refusals:
    """Yields what is wrong with amounts of resources of containers, or with the names of these."""
    for name, value in given.items():
        complaint = _resource(name, value)
        if complaint:
            yield Refusal((*at, name), complaint)


def _is_huge_page(name: str) -> bool:
    return name.startswith("hugepages-")


def _is_divisible(name: str) -> bool:
    """Returns whether more of a resource may be used than was requested: so it is of Kubernetes' own but huge pages."""
    return ("/" not in name or "kubernetes.io/" in name) and not _is_huge_page(name)


def _resource(name: str, value: Any) -> str | None:
    """Returns what is wrong with an amount of a resource of containers, or with its name."""
    if value is not None and quantity.is_negative(value):
        return f"is {value}: must not be negative"
    if name in _STANDARD:
        return None
    if _is_huge_page(name):
        size, amount = quantity.quantity(name.removeprefix("hugepages-")), quantity.quantity(value or 0)
        if not size or (amount is not None and (amount / size).denominator != 1):
            return f"is {value}: must be a multiple of the page's size"
        return None
    complaint = resource_name(name)
    if not complaint and not name.partition("/")[0].endswith("kubernetes.io") and not quantity.is_whole(value or 0):
        return f"is {value}: must be a whole number"
    return complaint


def resource_name(name: str) -> str | None:
    """Returns what is wrong with the name of a resource that containers ask for."""
    if name in _STANDARD or _is_huge_page(name):
        return None
    if "/" not in name:
        return f"is no resource of containers: expected one of {', '.join(_STANDARD)}, hugepages-SIZE or DOMAIN/NAME"
    return syntax.qualified_name(name)
