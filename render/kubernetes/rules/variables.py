"""What containers are told: environment variables, and fields of the pod as variables or files."""

from __future__ import annotations

import re
from typing import Any

from render.kubernetes import quantity, syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, matches, needs, one_of
from render.kubernetes.rules import volumes

_SOURCES = ("configMapKeyRef", "fieldRef", "resourceFieldRef", "secretKeyRef")
_GATED_SOURCE = "fileKeyRef"  # a server that has not switched it on drops it
_MAPS = r"labels\['(?P<label>[^']+)'\]|annotations\['(?P<annotation>[^']+)'\]"
_FIELD = re.compile(
    rf"metadata\.(name|namespace|uid|{_MAPS})|spec\.(nodeName|serviceAccountName)|status\.(hostIPs?|podIPs?)"
)
_VOLUME_FIELD = re.compile(rf"metadata\.(name|namespace|uid|labels|annotations|{_MAPS})")
_RESOURCE = re.compile(r"(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)")
_CPU_DIVISORS = frozenset(map(quantity.quantity, ("1m", "1")))
_DECIMAL_DIVISORS = frozenset(quantity.quantity(f"1{unit}") for unit in ("", *"kMGTPE"))
_BINARY_DIVISORS = frozenset(quantity.quantity(f"1{unit}i") for unit in "KMGTPE")


def variable(data: Data) -> Refusals:
    yield from needs(data, "name")
    yield from matches(data, "name", syntax.variable_name)
    source = data.get("valueFrom")
    if source is None:
        return
    given = one_of(source, _SOURCES)
    if len(given) > 1 or (not given and _GATED_SOURCE not in source):
        yield Refusal(("valueFrom",), f"must have one of {', '.join(_SOURCES)}")
    if data.get("value"):
        yield Refusal(("valueFrom",), "must not be there beside a value")
    field = source.get("fieldRef")
    if field and not _is_field(_FIELD, field["fieldPath"]):
        yield Refusal(("valueFrom", "fieldRef", "fieldPath"), f"is {field['fieldPath']}: no variable can be made of it")


def _is_field(pattern: re.Pattern[str], path: str) -> bool:
    """Returns whether a path leads to a field that a variable or a file can be made of; of labels it names a key."""
    found = pattern.fullmatch(path)
    if found is None:
        return False
    key = found["label"] or (found["annotation"] or "").lower()
    return not key or syntax.qualified_name(key) is None


def variables_from(data: Data) -> Refusals:
    given = one_of(data, ("configMapRef", "secretRef"))
    if len(given) != 1:
        yield Refusal((), "must have either configMapRef or secretRef")
    yield from matches(data, "prefix", syntax.variable_name)


def variables_source(data: Data) -> Refusals:
    """Checks the ConfigMap or Secret that makes variables of all its entries; its name may end with '-'."""
    yield from needs(data, "name")
    yield from matches(data, "name", lambda text: syntax.subdomain(text.removesuffix("-")))


def object_field(data: Data) -> Refusals:
    if data.get("apiVersion") not in (None, "", "v1"):
        yield Refusal(("apiVersion",), "must be v1")


def key_selector(data: Data) -> Refusals:
    yield from needs(data, "name", "key")
    yield from matches(data, "name", syntax.subdomain)
    yield from matches(data, "key", syntax.config_key)


def resource_field(data: Data) -> Refusals:
    if not _RESOURCE.fullmatch(data["resource"]):
        yield Refusal(("resource",), f"is {data['resource']}: expected one such as limits.cpu or requests.memory")
    is_cpu, divisor = data["resource"].endswith(".cpu"), data.get("divisor")
    if divisor is not None and not _is_divisor(divisor, is_cpu):
        yield Refusal(("divisor",), f"is {divisor}: expected a unit such as 1, {'1m' if is_cpu else '1Mi'}")


def _is_divisor(divisor: Any, is_cpu: bool) -> bool:
    """Compares how the server writes the quantity: 1024 is not the unit 1Ki, 1000 is the unit 1k."""
    amount = quantity.quantity(divisor)
    if amount == 0:
        return True
    if quantity.is_exponent(divisor):
        return amount == 1
    if is_cpu:
        return amount in _CPU_DIVISORS
    return amount in (_BINARY_DIVISORS if quantity.is_binary(divisor) else _DECIMAL_DIVISORS)


def downward_file(data: Data) -> Refusals:
    yield from volumes.downward_file(data)
    field = data.get("fieldRef")
    if field and not _is_field(_VOLUME_FIELD, field["fieldPath"]):
        yield Refusal(("fieldRef", "fieldPath"), f"is {field['fieldPath']}: no file can be made of it")
    amount = data.get("resourceFieldRef")
    if amount and not amount.get("containerName"):
        yield Refusal(("resourceFieldRef", "containerName"), "is required")
