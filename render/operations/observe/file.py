"""`observed/<cluster>.json`: an observation as a file, with sorted keys, so that two of them can be compared."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from render.git.lock import alone
from render.messages import FieldPath, value_text
from render.operations.observe.fields import (
    ABSENT,
    TIME,
    WrongFieldError,
    as_count,
    as_counts,
    as_map,
    as_text,
    as_texts,
    as_time,
    broken,
    owners_by_field,
    read_json_file,
)
from render.plan.observed.observation import Observation, ObservedNamespace, Owner
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.fsync import sync_folder

API_VERSION = "meshrev.io/v1alpha1"
KIND = "Observation"
_WAY = "run `meshrev observe` again"


def observation_name(cluster: str) -> str:
    """Returns the name of a cluster's file in a folder of observations."""
    return f"{cluster}.json"


def observation_text(observation: Observation) -> str:
    """Returns the file's text. What is empty or zero is left out of a namespace."""
    data: dict[str, Any] = {
        "apiVersion": API_VERSION,
        "kind": KIND,
        "cluster": observation.cluster,
        "clusterUID": observation.uid,
        "observedAt": observation.at.strftime(TIME),
        "namespaces": {name: _namespace_data(one) for name, one in observation.namespaces.items()},
    }
    if observation.objects is not None:
        data["objects"] = {title: _owners_data(fields) for title, fields in observation.objects.items()}
    if observation.webhooks:
        data["webhooks"] = {name: list(services) for name, services in observation.webhooks.items()}
    return json.dumps(data, indent=2, sort_keys=True) + "\n"


def read_observation(folder: FleetFolder, cluster: str) -> Observation | None:
    """Returns a cluster's observation, None where there is none. `InputError` for a file that is not one, or
    another's."""
    file = folder.title(observation_name(cluster))
    data = read_json_file(folder, observation_name(cluster), _WAY)
    if data is ABSENT:
        return None
    try:
        observation = _observation(data)
    except WrongFieldError as error:
        raise broken(
            file, _WAY, f"{error.expected} expected, found {value_text(error.found)}", field=error.field
        ) from None
    if observation.cluster != cluster:
        raise broken(file, _WAY, f"is of cluster {observation.cluster}: was the file renamed?")
    return observation


def write_observation(folder: FleetFolder, observation: Observation) -> str:
    """Write a cluster's observation in place of the one before, whole or not at all, also where the power goes. Returns
    its path from the fleet's root. OSError."""
    folder.folder.mkdir(parents=True, exist_ok=True)
    name = observation_name(observation.cluster)
    draft = folder / f".{name}.{os.getpid()}"
    with alone(folder.folder):
        _remove_drafts(folder.folder)
        try:
            with draft.open("x", encoding="utf-8") as writing:
                writing.write(observation_text(observation))
                writing.flush()
                os.fsync(writing.fileno())
            draft.replace(folder / name)
            sync_folder(folder.folder)
        finally:
            draft.unlink(missing_ok=True)
    return folder.title(name)


def _remove_drafts(folder: Path) -> None:
    """Remove what killed commands left; no other command writes here at this moment."""
    for path in folder.iterdir():
        if re.fullmatch(r"\..+\.json\.[0-9]+", path.name):
            path.unlink()


# The fields of a namespace that are plain counts by a name.
_BY_NAME = ("revisions", "references", "templates", "nodes")


def _namespace_data(namespace: ObservedNamespace) -> dict[str, Any]:
    data: dict[str, Any] = {
        "labels": namespace.labels,
        "pods": namespace.pods,
        "failed": namespace.failed,
        "ambient": namespace.ambient,
        "proxies": namespace.proxies,
        **{field: getattr(namespace, field) for field in _BY_NAME},
    }
    data = {field: value for field, value in data.items() if value}
    if namespace.owners is not None:
        data["owners"] = _owners_data(namespace.owners)
    return data


def _owners_data(owners: Mapping[str, tuple[Owner, ...]]) -> dict[str, list[dict[str, str]]]:
    return {
        field: [{"manager": owner.manager, "operation": owner.operation} for owner in of]
        for field, of in owners.items()
    }


def _observation(data: object) -> Observation:
    fields = as_map(data, ())
    for field, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
        if fields.get(field) != expected:
            raise WrongFieldError((field,), expected, fields.get(field))
    uid, objects = fields.get("clusterUID"), fields.get("objects")
    return Observation(
        cluster=as_text(fields.get("cluster"), ("cluster",)),
        at=as_time(fields.get("observedAt"), ("observedAt",)),
        uid=None if uid is None else as_text(uid, ("clusterUID",)),
        namespaces={
            name: _namespace(one, ("namespaces", name))
            for name, one in as_map(fields.get("namespaces"), ("namespaces",)).items()
        },
        objects=None
        if objects is None
        else {title: owners_by_field(one, ("objects", title)) for title, one in as_map(objects, ("objects",)).items()},
        webhooks={
            name: as_texts(one, ("webhooks", name))
            for name, one in as_map(fields.get("webhooks", {}), ("webhooks",)).items()
        },
    )


def _namespace(data: object, at: FieldPath) -> ObservedNamespace:
    fields = as_map(data, at)
    by_name = {field: as_counts(fields.get(field, {}), (*at, field)) for field in _BY_NAME}
    labels, proxies, owners = fields.get("labels", {}), fields.get("proxies", {}), fields.get("owners")
    return ObservedNamespace(
        labels={key: as_text(value, (*at, "labels", key)) for key, value in as_map(labels, (*at, "labels")).items()},
        pods=as_count(fields.get("pods", 0), (*at, "pods")),
        failed=as_count(fields.get("failed", 0), (*at, "failed")),
        ambient=as_count(fields.get("ambient", 0), (*at, "ambient")),
        proxies={
            key: as_counts(value, (*at, "proxies", key)) for key, value in as_map(proxies, (*at, "proxies")).items()
        },
        owners=None if owners is None else owners_by_field(owners, (*at, "owners")),
        **by_name,
    )
