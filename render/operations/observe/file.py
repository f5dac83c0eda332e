"""`observed/<cluster>.json`: an observation as a file, with sorted keys, so that two of them can be compared."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from render.errors import wrong
from render.git.lock import alone
from render.messages import FieldPath, field_text, value_text
from render.plan.observation import Observation, ObservedNamespace, Owner
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.sync import sync_folder
from render.yamlio.read_json import JSONError, read_all, read_json

API_VERSION = "meshrev.io/v1alpha1"
KIND = "Observation"
TIME = "%Y-%m-%dT%H:%M:%SZ"


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
    try:
        descriptor = os.open(folder / observation_name(cluster), os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        with os.fdopen(descriptor, "rb") as stream:
            text = read_all(stream, file)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        why = "is a symbolic link" if error.errno == errno.ELOOP else f"cannot be read: {error.strerror}"
        raise wrong("MR018", why, file=file) from None
    try:
        data = read_json(text)
    except JSONError as error:
        raise _broken(file, str(error), line=error.line, column=error.column) from None
    try:
        observation = _observation(data)
    except _WrongFieldError as error:
        raise _broken(file, f"{error.expected} expected, found {value_text(error.found)}", field=error.field) from None
    if observation.cluster != cluster:
        raise _broken(file, f"is of cluster {observation.cluster}: was the file renamed?")
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


def _broken(file: str, message: str, **where: Any) -> Exception:
    way = "run `meshrev observe` again"
    return wrong("MR018", f"{message} ({way})", file=file, **where)


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


class _WrongFieldError(Exception):
    def __init__(self, field: FieldPath, expected: str, found: object) -> None:
        self.field, self.expected, self.found = field_text(field) or None, expected, found
        super().__init__(expected)


def _observation(data: object) -> Observation:
    fields = _map(data, ())
    for field, expected in (("apiVersion", API_VERSION), ("kind", KIND)):
        if fields.get(field) != expected:
            raise _WrongFieldError((field,), expected, fields.get(field))
    uid, objects = fields.get("clusterUID"), fields.get("objects")
    return Observation(
        cluster=_text(fields.get("cluster"), ("cluster",)),
        at=_time(fields.get("observedAt"), ("observedAt",)),
        uid=None if uid is None else _text(uid, ("clusterUID",)),
        namespaces={
            name: _namespace(one, ("namespaces", name))
            for name, one in _map(fields.get("namespaces"), ("namespaces",)).items()
        },
        objects=None
        if objects is None
        else {title: _owners(one, ("objects", title)) for title, one in _map(objects, ("objects",)).items()},
        webhooks={
            name: _texts(one, ("webhooks", name))
            for name, one in _map(fields.get("webhooks", {}), ("webhooks",)).items()
        },
    )


def _namespace(data: object, at: FieldPath) -> ObservedNamespace:
    fields = _map(data, at)
    by_name = {field: _counts(fields.get(field, {}), (*at, field)) for field in _BY_NAME}
    labels, proxies, owners = fields.get("labels", {}), fields.get("proxies", {}), fields.get("owners")
    return ObservedNamespace(
        labels={key: _text(value, (*at, "labels", key)) for key, value in _map(labels, (*at, "labels")).items()},
        pods=_count(fields.get("pods", 0), (*at, "pods")),
        failed=_count(fields.get("failed", 0), (*at, "failed")),
        ambient=_count(fields.get("ambient", 0), (*at, "ambient")),
        proxies={key: _counts(value, (*at, "proxies", key)) for key, value in _map(proxies, (*at, "proxies")).items()},
        owners=None if owners is None else _owners(owners, (*at, "owners")),
        **by_name,
    )


def _owners(data: object, at: FieldPath) -> dict[str, tuple[Owner, ...]]:
    found = {}
    for label, owners in _map(data, at).items():
        if not isinstance(owners, list):
            raise _WrongFieldError((*at, label), "a list", owners)
        places = [(_map(owner, (*at, label, index)), (*at, label, index)) for index, owner in enumerate(owners)]
        found[label] = tuple(
            Owner(
                _text(owner.get("manager"), (*place, "manager")), _text(owner.get("operation"), (*place, "operation"))
            )
            for owner, place in places
        )
    return found


def _map(data: object, at: FieldPath) -> Mapping[str, object]:
    if not isinstance(data, dict):
        raise _WrongFieldError(at, "an object", data)
    return data


def _text(data: object, at: FieldPath) -> str:
    if not isinstance(data, str):
        raise _WrongFieldError(at, "text", data)
    return data


def _texts(data: object, at: FieldPath) -> tuple[str, ...]:
    if not isinstance(data, list):
        raise _WrongFieldError(at, "a list", data)
    return tuple(_text(one, (*at, index)) for index, one in enumerate(data))


def _count(data: object, at: FieldPath) -> int:
    if not isinstance(data, int) or isinstance(data, bool) or data < 0:
        raise _WrongFieldError(at, "a count", data)
    return data


def _counts(data: object, at: FieldPath) -> dict[str, int]:
    return {name: _count(value, (*at, name)) for name, value in _map(data, at).items()}


def _time(data: object, at: FieldPath) -> datetime:
    try:
        return datetime.strptime(_text(data, at), TIME).replace(tzinfo=UTC)
    except ValueError:
        raise _WrongFieldError(at, "a time such as 2026-08-22T10:00:00Z", data) from None
