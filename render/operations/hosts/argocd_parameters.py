"""The parameters of an Argo CD Application that uses the plugin: what it may say, and what it said.

Argo CD sends those that the Application sets twice, as JSON in ARGOCD_APP_PARAMETERS (`null` where it sets none) and
one by one as `PARAM_<NAME>` and `PARAM_<NAME>_<i>`; what is only announced it does not send.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from render.errors import InputError, wrong
from render.messages import did_you_mean
from render.operations.hosts.tree_objects import PARTS
from render.yamlio.read_json import JSONError, read_json

ALL = "ARGOCD_APP_PARAMETERS"
SINGLE = "PARAM_"
NAMES = ("cluster", "parts")
FIELD = "spec.source.plugin.parameters"


@dataclass(frozen=True, slots=True)
class Parameters:
    """`cluster` is None where the Application does not say; `parts` are some of `PARTS`, in their order."""

    cluster: str | None = None
    parts: tuple[str, ...] = PARTS


def application_parameters(environment: Mapping[str, str]) -> Parameters:
    """Returns what the Application says, with defaults for what it does not. Raises `InputError` for what is not
    known."""
    said = _from_json(environment[ALL]) if ALL in environment else _from_variables(environment)
    cluster = _text(said.get("cluster", {}))
    if "parts" not in said:
        return Parameters(cluster)
    parts = said["parts"].get("array")
    if not isinstance(parts, list) or not parts:
        raise _wrong("parts", f"expected an array of parts ({', '.join(PARTS)})")
    for part in parts:
        if part not in PARTS:
            guess = did_you_mean(str(part), PARTS) or f" (known: {', '.join(PARTS)})"
            raise _wrong("parts", f"there is no part {part!r}{guess}")
    return Parameters(cluster, tuple(part for part in PARTS if part in parts))


def announcement(cluster: str | None) -> list[dict[str, Any]]:
    """Returns what Argo CD's interface offers: a list of its ParameterAnnouncement
    (reposerver/repository/repository.proto).

    `cluster` is the one that is meant without the parameter, None where then none is.
    """
    return [
        {
            "name": "cluster",
            "title": "Cluster",
            "tooltip": "The cluster of the fleet whose objects this Application applies",
            "required": cluster is None,
            "itemType": "string",
            "collectionType": "string",
            **({"string": cluster} if cluster else {}),
        },
        {
            "name": "parts",
            "title": "Parts",
            "tooltip": "Only these parts of the cluster's tree, for fleets that split them between Applications",
            "required": False,
            "itemType": "string",
            "collectionType": "array",
            "array": list(PARTS),
        },
    ]


Said = dict[str, dict[str, Any]]  # by name: an object with `string`, `array` or `map`


def _from_json(text: str) -> Said:
    try:
        data = read_json(text)
    except JSONError as error:
        raise wrong("MR039", f"{ALL} {error}", field=FIELD) from None
    said: Said = {}
    items = data or []
    if not isinstance(items, list) or not all(isinstance(i, dict) and isinstance(i.get("name"), str) for i in items):
        raise wrong("MR039", f"{ALL} is not a list of parameters with names", field=FIELD)
    for item in items:
        name = item["name"]
        _check_name(name)
        if name in said:
            raise _wrong(name, "is given twice")
        said[name] = item
    return said


def _from_variables(environment: Mapping[str, str]) -> Said:
    """Returns the same from `PARAM_CLUSTER`, `PARAM_PARTS_0`, ..."""
    said: Said = {}
    parts: dict[int, str] = {}
    for variable, value in environment.items():
        if not variable.startswith(SINGLE):
            continue
        name = variable.removeprefix(SINGLE).lower()
        if numbered := re.fullmatch(r"parts_([0-9]{1,9})", name):
            parts[int(numbered[1])] = value
        else:
            _check_name(name)
            said[name] = {"string": value}
    if parts:
        said["parts"] = {"array": [parts[index] for index in sorted(parts)]}
    return said


def _text(parameter: Mapping[str, Any]) -> str | None:
    """Returns what `cluster` says; an empty text, which the interface leaves when it is cleared, says nothing."""
    if not parameter:
        return None
    if not isinstance(value := parameter.get("string"), str):
        raise _wrong("cluster", "expected a string")
    return value or None


def _check_name(name: str) -> None:
    if name not in NAMES:
        guess = did_you_mean(name, NAMES) or f" (known: {', '.join(NAMES)})"
        raise _wrong(name, f"there is no such parameter{guess}")


def _wrong(name: str, message: str) -> InputError:
    return wrong("MR039", message, field=f"{FIELD}.{name}")
