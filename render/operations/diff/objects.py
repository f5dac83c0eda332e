"""Objects by their blobs, compared each pair once, whichever clusters have it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from render.compare.objects import FieldChange, Identity, identity, object_changes
from render.compare.proxy_settings import needs_new_pods
from render.errors import InputError
from render.git.trees import Repository
from render.kustomize.read import parse

AT_ONCE = 100  # pairs whose texts are in memory together

# Blob ids before and after (None: there is none), and two revisions of which one takes over from the other.
Job = tuple[str | None, str | None, tuple[str, str] | None]


@dataclass(frozen=True, slots=True)
class BlobDiff:
    """What a pair of blobs comes to. `before` and `after` are the objects' identities, None where there is no object.

    `new_pods`: what the injector writes into pods changes. `broken`: a side is no YAML of one object.
    """

    before: Identity | None
    after: Identity | None
    changes: tuple[FieldChange, ...] = ()
    new_pods: bool = False
    broken: bool = False


def compare_jobs(repository: Repository, jobs: Sequence[Job]) -> Iterator[BlobDiff]:
    """Yields the outcome of each job, in their order."""
    remaining = iter(jobs)
    while some := list(islice(remaining, AT_ONCE)):
        ids = list(dict.fromkeys(oid for job in some for oid in job[:2] if oid))
        texts = dict(zip(ids, repository.read(ids), strict=True))
        objects: dict[str, Any] = {oid: _object(text) for oid, text in texts.items()}
        for before, after, names in some:
            if any(oid and objects[oid] is None for oid in (before, after)):
                yield BlobDiff(None, None, _lines(texts.get(before or ""), texts.get(after or "")), broken=True)
            else:
                yield _compare(objects.get(before or ""), objects.get(after or ""), names)


def _compare(before: Any, after: Any, names: tuple[str, str] | None) -> BlobDiff:
    if before is None or after is None:
        return BlobDiff(identity(before) if before else None, identity(after) if after else None)
    changes = tuple(object_changes(before, after, _renaming(*names) if names else None))
    return BlobDiff(identity(before), identity(after), changes, needs_new_pods(changes, after))


def _object(text: bytes) -> dict[str, Any] | None:
    try:
        documents = parse(text, "-")
    except InputError:
        return None
    data = documents[0].data if len(documents) == 1 else None
    return data if isinstance(data, dict) else None


def _lines(before: bytes | None, after: bytes | None) -> tuple[FieldChange, ...]:
    gone = len((before or b"").splitlines())
    come = len((after or b"").splitlines())
    return (FieldChange((), "lines", lines=(gone, come)),)


def _renaming(old: str, new: str) -> Callable[[str], str] | None:
    """Replaces one revision's name by the other's. Not `default`: that word stands for much else, and objects of
    that revision are named without it."""
    if "default" in (old, new):
        return None
    word = re.compile(rf"(?<![A-Za-z0-9]){re.escape(old)}(?![A-Za-z0-9])")
    return lambda text: word.sub(new, text) if old in text else text
