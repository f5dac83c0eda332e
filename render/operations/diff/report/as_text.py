"""A comparison for the terminal."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from render.messages import count, one_line
from render.operations.diff.model import Diff, PartDiff
from render.operations.diff.report.groups import by_clusters, move_groups, part_groups
from render.operations.diff.report.hazard_words import (
    has_specs,
    hazard_groups,
    hazard_lines,
    question_lines,
    question_title,
    questions,
)
from render.operations.diff.report.words import (
    DROPS,
    Line,
    drop_text,
    injector_text,
    namespace,
    part_lines,
    restart_lines,
    restart_title,
    title,
    where,
)

WIDTH = 110


def lines(diff: Diff) -> Iterator[Line]:
    """Yields all of it, a line each; the caller colours them by their marks."""
    yield Line(0, "", title(diff))
    if diff.clusters:
        yield from _moves(diff)
        yield from _hazards(diff)
        yield from _restarts(diff)
        yield from _rolls(diff)
        yield from _drops(diff)
    for names, parts in part_groups(diff.clusters):
        yield from _head(f"Changes {where(names, diff)}")
        yield from _parts(parts)
    if diff.shared:
        yield from _head("Changes in what clusters share")
        yield from _parts(part for folder in diff.shared for part in folder.parts)
    if diff.silent:
        yield from _head("Files differ but no object (inventories, formatting)")
        yield from _list("", diff.silent, depth=1)
    yield Line(0, "", "")
    seen = sum(1 for cluster in diff.clusters if cluster.seen)
    observed = f", and observations of {count(seen, 'cluster')}" if seen else ""
    yield Line(0, "", f"(basis: files{observed}; pods of workloads that others deploy follow their namespace)")


def text(line: Line) -> str:
    """Returns the line as it is printed: indented, the mark in front, nothing in it that moves the cursor."""
    return "  " * line.depth + (f"{line.mark} " if line.mark else "") + one_line(line.text)


def _head(words: str) -> Iterator[Line]:
    yield Line(0, "", "")
    yield Line(0, "", words)


def _parts(parts: Iterable[PartDiff]) -> Iterator[Line]:
    for part in parts:
        yield from (Line(line.depth + 1, line.mark, line.text) for line in part_lines(part))


def _moves(diff: Diff) -> Iterator[Line]:
    groups = move_groups(diff.clusters)
    if not groups:
        yield from _head("Blast radius: no namespace or workload gets another revision or version")
        return
    yield from _head("Blast radius")
    for names, moves in groups:
        yield Line(1, "", where(names, diff))
        for move in moves:
            yield Line(2, "~", f"{injector_text(move.before)} -> {injector_text(move.after)}")
            if move.namespaces:
                yield from _list(f"{count(len(move.namespaces), 'namespace')}: ", list(map(namespace, move.namespaces)))
            if move.workloads:
                yield from _list(f"{count(len(move.workloads), 'workload')}: ", move.workloads)


def _hazards(diff: Diff) -> Iterator[Line]:
    met, left = hazard_groups(diff)
    if has_specs(diff):
        yield from _head("Known hazards that this upgrade meets" if met else "Known hazards: the specs show none")
    for group in met:
        first, *rest = hazard_lines(group, diff)
        yield Line(1, "", first)
        for more in rest:
            yield from _wrap(more)
    if left:
        yield from _list("left behind: ", [group.hazard.id for group in left], depth=1)
    found = questions(diff)
    if found:
        yield from _head("Known hazards to ask about, because files cannot show them")
    for one in found:
        yield Line(1, "", question_title(one, diff))
        for line in question_lines(one):
            yield from _wrap(line)


def _restarts(diff: Diff) -> Iterator[Line]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.restarts)
    if not groups:
        yield from _head("Restart: nothing has to be restarted")
        return
    yield from _head(restart_title((), diff))
    for names, needed in groups:
        yield Line(1, "", where(names, diff))
        yield from (Line(2, "", line) for line in restart_lines(needed, names, diff))


def _rolls(diff: Diff) -> Iterator[Line]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.rolls)
    if groups:
        yield from _head("Kubernetes itself replaces the pods of")
    for names, titles in groups:
        yield from _list(f"{where(names, diff)}: ", titles, depth=1)


def _drops(diff: Diff) -> Iterator[Line]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.drops)
    if groups:
        yield from _head(DROPS)
    for names, drops in groups:
        yield from _list(f"{where(names, diff)}: ", list(map(drop_text, drops)), depth=1)


def _wrap(line: str) -> Iterator[Line]:
    wrapped = textwrap.wrap(line, WIDTH, subsequent_indent="  ", break_on_hyphens=False, break_long_words=False)
    yield from (Line(2, "", part) for part in wrapped)


def _list(head: str, items: Sequence[str], depth: int = 3) -> Iterator[Line]:
    room = WIDTH - 2 * depth
    wrapped = textwrap.wrap(head + ", ".join(items), room, subsequent_indent="  ", break_on_hyphens=False)
    yield from (Line(depth, "", line) for line in wrapped)
