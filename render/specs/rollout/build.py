"""A RevisionRollout that satisfies its schema as the dataclass of `kinds.py`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time
from posixpath import normpath
from typing import Any

from render.kustomize.resource import Resource
from render.specs.duration import seconds
from render.specs.rollout.kinds import (
    Approval,
    Checks,
    Choice,
    Freeze,
    Gate,
    Health,
    ObservationGate,
    Prometheus,
    RevisionRollout,
    SkippedCluster,
    Soak,
    Wave,
    Window,
)

Data = Mapping[str, Any]
_OBSERVED: Data = {"observed": {}}


def revision_rollout(resource: Resource) -> RevisionRollout:
    spec = resource.data["spec"]
    return RevisionRollout(
        name=resource.name,
        istio=spec["istio"],
        version=f"v{spec['version'].removeprefix('v')}",
        waves=tuple(map(_wave, spec["waves"])),
        ready=tuple(map(_gate, spec.get("ready", (_OBSERVED,)))),
        max_unavailable=spec.get("maxUnavailable"),
        on_failure=spec.get("onFailure", "pause"),
        freezes=tuple(
            Freeze(moment(one["from"]), moment(one["to"]), one.get("reason", "")) for one in spec.get("freezes", ())
        ),
        paused=spec.get("paused", ""),
        skipped=tuple(
            SkippedCluster(one["cluster"], date.fromisoformat(one["until"]), one["reason"])
            for one in spec.get("skipped", ())
        ),
        resource=resource,
        completed=spec.get("completed", False),
    )


def moment(text: str) -> datetime:
    """Returns a time with its offset. `ValueError` for a day that no month has."""
    return datetime.fromisoformat(text)


def _wave(data: Data) -> Wave:
    return Wave(
        name=data["name"],
        clusters=_choice(data["clusters"]) if "clusters" in data else None,
        namespaces=_choice(data["namespaces"]) if "namespaces" in data else None,
        gates=tuple(map(_gate, data.get("gates", ()))),
        gateways=tuple(data.get("gateways", ())),
    )


def _choice(data: Data) -> Choice:
    percent = data.get("percent")
    return Choice(data.get("matchLabels") or {}, tuple(data.get("names", ())), int(percent[:-1]) if percent else None)


def _gate(data: Data) -> Gate:
    ((kind, said),) = data.items()
    match kind:
        case "soak":
            return Soak(seconds(said))
        case "observed":
            return ObservationGate(int(said.get("share", "100%")[:-1]))
        case "health":
            return Health(normpath(said.get("path", "health")), seconds(said.get("maxAge", "1h")))
        case "window":
            end = None if said["to"] == "24:00" else time.fromisoformat(said["to"])
            return Window(
                tuple(said.get("days", ())), time.fromisoformat(said["from"]), end, said.get("timeZone", "UTC")
            )
        case "prometheus":
            return Prometheus(
                query=said["query"],
                url=said.get("url"),
                urls=said.get("urls", {}),
                below=said.get("below"),
                above=said.get("above"),
                seconds=seconds(said.get("for", "10m")),
                step=seconds(said.get("step", "30s")),
            )
        case "checks":
            return Checks(tuple(said["names"]))
        case _:
            return Approval()
