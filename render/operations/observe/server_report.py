"""`<cluster>.verified.json` beside the observations: what `meshrev verify --output json` printed of a cluster."""

from __future__ import annotations

from typing import Any

from render.messages import FieldPath, value_text
from render.operations.observe.fields import (
    ABSENT,
    WrongFieldError,
    as_map,
    as_text,
    as_time,
    broken,
    owners_by_field,
    read_json_file,
)
from render.plan.observed.observation import Owner
from render.plan.observed.verification import ObjectRefusal, OwnedField, VerificationReport
from render.tree.store.fleet_folder import FleetFolder

_WAY = "run `meshrev verify --output json` again"


def report_name(cluster: str) -> str:
    """Returns the name of a cluster's report in a folder of observations."""
    return f"{cluster}.verified.json"


def read_report(folder: FleetFolder, cluster: str) -> VerificationReport | None:
    """Returns what a cluster's server said, None where nothing is kept. `InputError` for a file that is not what
    `verify` prints, or another cluster's."""
    file = folder.title(report_name(cluster))
    data = read_json_file(folder, report_name(cluster), _WAY)
    if data is ABSENT:
        return None
    try:
        report = _report(data)
    except WrongFieldError as error:
        message = f"{error.expected} expected, found {value_text(error.found)}"
        raise broken(file, _WAY, message, field=error.field) from None
    if report.cluster != cluster:
        raise broken(file, _WAY, f"is of cluster {report.cluster}: was the file renamed?")
    return report


def _report(data: object) -> VerificationReport:
    fields = as_map(data, ())
    refused = [
        ObjectRefusal(as_text(one.get("object"), (*at, "object")), as_text(one.get("message"), (*at, "message")))
        for one, at in _entries(fields, "refused")
    ]
    conflicts = [
        OwnedField(
            as_text(one.get("object"), (*at, "object")),
            as_text(one.get("field"), (*at, "field")),
            (Owner(as_text(one.get("manager"), (*at, "manager")), "Apply"),),
        )
        for one, at in _entries(fields, "conflicts")
    ]
    left = [
        OwnedField(
            as_text(one.get("object"), (*at, "object")),
            as_text(one.get("field"), (*at, "field")) if name == "leftFields" else None,
            owners_by_field({"owners": one.get("owners")}, at)["owners"],
        )
        for name in ("leftFields", "leftObjects")
        for one, at in _entries(fields, name)
    ]
    return VerificationReport(
        as_text(fields.get("cluster"), ("cluster",)),
        as_time(fields.get("verifiedAt"), ("verifiedAt",)),
        tuple(refused),
        tuple(conflicts),
        tuple(left),
    )


def _entries(fields: Any, name: str) -> list[tuple[Any, FieldPath]]:
    found = fields.get(name)
    if not isinstance(found, list):
        raise WrongFieldError((name,), "a list", found)
    return [(as_map(one, (name, index)), (name, index)) for index, one in enumerate(found)]
