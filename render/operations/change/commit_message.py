"""What a commit of an operation says: what, from, to, how many; what to restart; and trailers for programs."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from render.git.commit import Trailer, with_trailers
from render.messages import count, few, one_line
from render.operations.diff.model import Diff
from render.operations.diff.report.groups import by_clusters, move_groups
from render.operations.diff.report.words import injector_text, namespace, restart_lines, restart_title, where
from render.version import VERSION

NAMED = 12  # namespaces and workloads by name in one line
COMMANDS = 60  # lines of what to restart; `meshrev diff` has all


class Summary(Protocol):
    """What an operation says of itself."""

    @property
    def subject(self) -> str: ...
    @property
    def from_(self) -> str: ...
    @property
    def to(self) -> str: ...
    @property
    def wave(self) -> str: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def undoes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class MoveCounts:
    """How many namespaces and workloads get another proxy, and in how many clusters something changes."""

    namespaces: int
    workloads: int
    clusters: int

    @property
    def words(self) -> str:
        parts = (self.namespaces, "namespace"), (self.workloads, "workload"), (self.clusters, "cluster")
        return ", ".join(count(number, one) for number, one in parts)

    @property
    def any(self) -> bool:
        return bool(self.namespaces or self.workloads)

    @property
    def who(self) -> str:
        """For a person: `3 namespaces get another proxy (1 cluster changes)`."""
        parts = [count(self.namespaces, "namespace")] if self.namespaces or not self.workloads else []
        parts += [count(self.workloads, "workload")] if self.workloads else []
        got = " and ".join(parts) if self.any else "no namespace or workload"
        get = "get" if self.namespaces + self.workloads > 1 else "gets"
        changing = count(self.clusters, "cluster changes", "clusters change")
        changing = changing if self.clusters else "no manifest changes"
        return f"{got} {get} another proxy ({changing})"


@dataclass(frozen=True, slots=True)
class Message:
    """A commit's whole message, its first line, what is between them for the body of a pull request, and the id of the
    operation."""

    id: str
    text: str
    subject: str
    trailers: tuple[Trailer, ...]


def count_moves(diff: Diff) -> MoveCounts:
    """Of each cluster its own: one namespace in three clusters is three."""
    moves = [move for cluster in diff.clusters for move in cluster.moves]
    namespaces = sum(not move.workload for move in moves)
    return MoveCounts(namespaces, len(moves) - namespaces, len(diff.clusters))


def message(root: Path, verb: str, said: Summary, diff: Diff, specs_digest: str, base: str) -> Message:
    """Returns the message of the commit that takes the clusters from `base` to what `diff` says."""
    key = "\0".join((said.subject, base, specs_digest))
    operation = f"{verb}-{hashlib.sha256(key.encode()).hexdigest()[:10]}"
    trailers: list[Trailer] = [("Meshrev-Operation", operation)]
    trailers += [("Meshrev-From", said.from_)] if said.from_ else []
    trailers += [("Meshrev-To", said.to)] if said.to else []
    trailers += [("Meshrev-Wave", one_line(said.wave))] if said.wave else []
    trailers += [("Meshrev-Moved", count_moves(diff).words)]
    trailers += [("Meshrev-Undoes", one) for one in said.undoes]
    trailers += [("Meshrev-Specs-Digest", specs_digest), ("Meshrev-Version", VERSION)]
    body = "\n".join([said.subject, "", *_body(said, diff)]).rstrip() + "\n"
    return Message(operation, with_trailers(root, body, trailers), said.subject, tuple(trailers))


def _body(said: Summary, diff: Diff) -> Iterator[str]:
    yield from _move_lines(diff)
    for note in said.notes:
        yield f"- {note}"
    if said.notes:
        yield ""
    yield from _rolls(diff)
    yield from _restarts(diff)


def _move_lines(diff: Diff) -> Iterator[str]:
    if not diff.clusters:
        return
    groups = move_groups(diff.clusters)
    if not groups:
        who = count_moves(diff).who
        yield f"{who[0].upper()}{who[1:]}."
        yield ""
    for names, moves in groups:
        yield f"{where(names, diff)[0].upper()}{where(names, diff)[1:]}:"
        for move in moves:
            yield f"  {injector_text(move.before)} -> {injector_text(move.after)}"
            for what, some in (("namespace", list(map(namespace, move.namespaces))), ("workload", move.workloads)):
                if some:
                    yield f"    {count(len(some), what)}: {few(list(map(one_line, some)), NAMED)}"
        yield ""


def restarts(diff: Diff) -> Iterator[str]:
    """Yields what to restart, as commands for a shell, by clusters that need the same."""
    for names, needed in by_clusters(diff.clusters, lambda cluster: cluster.restarts):
        yield f"{restart_title(names, diff)}:"
        yield from (f"  {one_line(line)}" for line in restart_lines(needed, names, diff))


def _rolls(diff: Diff) -> Iterator[str]:
    """Yields whose pods are replaced without anybody restarting them, which comes first."""
    for names, titles in by_clusters(diff.clusters, lambda cluster: cluster.rolls):
        said = few(list(map(one_line, titles)), NAMED)
        yield f"As soon as this is applied, Kubernetes itself replaces the pods of {said} ({where(names, diff)})."
        yield ""


def _restarts(diff: Diff) -> Iterator[str]:
    lines = list(restarts(diff))
    yield from lines[:COMMANDS]
    if len(lines) > COMMANDS:
        yield f"  # and {count(len(lines) - COMMANDS, 'more line')}: `meshrev diff HEAD~1 HEAD` has all"
