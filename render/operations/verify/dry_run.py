"""What an API server would do with the objects of a tree, one by one, as a dry run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from render.compare.objects import identity
from render.errors import OutsideError
from render.operations.verify.server import ApiServer, ServerAnswer
from render.plan.observed.field_owners import ForeignField, foreign_fields, is_of_istiod

ATONCE = 8  # requests

_CONFLICT = re.compile(r'conflict with "([^"]*)"')


@dataclass(frozen=True, slots=True)
class TreeItem:
    """An object of the tree, and the file that it is in, by its path from the fleet's root."""

    item: Mapping[str, Any]
    file: str

    @property
    def title(self) -> str:
        """Returns `Kind/namespace/name`."""
        return identity(self.item).title


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """A field that the tree says and that another manager said otherwise: applying is refused, or takes it over."""

    field: str
    manager: str


@dataclass(frozen=True, slots=True)
class DryRun:
    """What became of an object: refused, in the server's words, or not (None); in conflict; with fields of others that
    the tree does not say. `is_new` where the cluster does not have it yet."""

    asked: TreeItem
    refusal: str | None = None
    is_new: bool = False
    conflicts: tuple[FieldConflict, ...] = ()
    foreign: tuple[ForeignField, ...] = ()


@dataclass(frozen=True, slots=True)
class ServerKinds:
    """The kinds that the server has: the collection of each, and whether it is in namespaces."""

    _known: Mapping[tuple[str, str], tuple[str, bool]]

    def collection(self, item: Mapping[str, Any]) -> str | None:
        """Returns the path of the objects of an object's kind beside it; None where the server has no such kind."""
        version, kind = item["apiVersion"], item["kind"]
        if (version, kind) not in self._known:
            return None
        plural, is_namespaced = self._known[version, kind]
        root = f"/apis/{version}" if "/" in version else f"/api/{version}"
        space = f"/namespaces/{item['metadata'].get('namespace', 'default')}" if is_namespaced else ""
        return f"{root}{space}/{plural}"


def discover(server: ApiServer, versions: Iterable[str]) -> ServerKinds:
    """Returns the kinds of these API versions. `OutsideError` where the server does not tell."""
    known = {}
    for version in sorted(set(versions)):
        answer = server.get(f"/apis/{version}" if "/" in version else f"/api/{version}")
        if answer.status not in (200, 404):
            raise OutsideError(f"{server.context}: {answer.message}")
        for kind in answer.data.get("resources", ()) if answer.status == 200 else ():
            if "/" not in kind["name"]:
                known[version, kind["kind"]] = kind["name"], kind["namespaced"]
    return ServerKinds(known)


def dry_run(server: ApiServer, kinds: ServerKinds, asked: Sequence[TreeItem], manager: str) -> list[DryRun]:
    """Ask for each object what applying it under a manager's name would do; in the order of the objects."""
    with ThreadPoolExecutor(ATONCE) as pool:
        return list(pool.map(lambda one: _outcome(server, kinds, one, manager), asked))


def _outcome(server: ApiServer, kinds: ServerKinds, asked: TreeItem, manager: str) -> DryRun:
    collection = kinds.collection(asked.item)
    if collection is None:
        return DryRun(asked, f"the server has no kind {asked.item['kind']} of {asked.item['apiVersion']}")
    path, text = f"{collection}/{asked.item['metadata']['name']}", json.dumps(asked.item)
    answer = server.apply(path, text, manager, force=False)
    conflicts = _conflicts(asked.item["kind"], answer)
    if conflicts is not None:
        # What would be there afterwards is told only to whoever takes the fields over.
        answer = server.apply(path, text, manager, force=True)
    if answer.status not in (200, 201):
        return DryRun(asked, answer.message, conflicts=conflicts or ())
    foreign = foreign_fields(answer.data, manager) if answer.status == 200 else ()
    if foreign and asked.item["kind"] != "Namespace":
        foreign = foreign_fields(answer.data, manager, _plain(server, collection, asked.item))
    return DryRun(asked, None, answer.status == 201, conflicts or (), foreign)


def _conflicts(kind: str, answer: ServerAnswer) -> tuple[FieldConflict, ...] | None:
    """The conflicts of an answer but those with istiod about its own fields; None where it is about none at all."""
    causes = (answer.data.get("details") or {}).get("causes") or () if answer.status == 409 else ()
    told = [cause for cause in causes if cause.get("reason") == "FieldManagerConflict"]
    found = [(cause["field"], _CONFLICT.search(cause["message"])) for cause in told]
    if not found:
        return None
    named = [FieldConflict(field, match[1] if match else "") for field, match in found]
    return tuple(one for one in named if not is_of_istiod(kind, one.field, one.manager))


def _plain(server: ApiServer, collection: str, item: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """Returns an object as the server would keep it had it never had one, defaults and all; None where it cannot tell.
    Another name, since its own is taken."""
    metadata = {key: value for key, value in item["metadata"].items() if key != "name"}
    answer = server.create(collection, json.dumps({**item, "metadata": {**metadata, "generateName": "meshrev-"}}))
    return answer.data if answer.status == 201 else None
