"""A comparison for a pull request: what matters first, the rest to fold out, within the size that a forge takes."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from render.messages import count, one_line, plural
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
    drop_text,
    injector_text,
    namespace,
    part_lines,
    part_title,
    restart_lines,
    restart_title,
    title,
    where,
)

LIMIT = 60_000  # bytes; GitHub takes 65,536 characters in a comment or a pull request's body
_NOTE = 40  # bytes, at least, of the note that lines of a block are cut
_LAST = 160  # bytes, at least, of the last line of a text that was cut
_NAMES = 50  # in a cell of the table

# What GitHub colours in a block of the language `diff`.
_MARKS = {"": " ", "+": "+", "-": "-", "~": "!"}


@dataclass(frozen=True, slots=True)
class Block:
    """Lines between an opening and a closing; the last of them may be cut off."""

    body: tuple[str, ...]
    opening: tuple[str, ...] = ()
    closing: tuple[str, ...] = ("",)


def markdown(diff: Diff, limit: int = LIMIT) -> str:
    """Returns all of it; or as much as fits in `limit` bytes of UTF-8 (at least 1,000), with a note at each place where
    lines are cut, and a last line that says how many are."""
    blocks = list(_blocks(diff))
    whole = _text(line for block in blocks for line in (*block.opening, *block.body, *block.closing))
    if len(whole.encode()) <= limit:
        return whole
    last = f"left out to keep within {limit} bytes. All of it: {_code(_command(diff))}"
    room = limit - len(last.encode()) - _LAST
    kept: list[str] = []
    cut = 0
    for block in blocks:
        fitting, used = _fitting(block, room)
        if fitting:
            kept += [*block.opening, *block.body[:fitting], *block.closing]
            room -= used
        if missing := len(block.body) - fitting:
            cut += missing
            if fitting:
                kept += [f"*({count(missing, 'line')} cut here)*", ""]
    return _text([*kept, f"**Cut:** {count(cut, 'line')} {last}"])


def _fitting(block: Block, room: int) -> tuple[int, int]:
    """Returns how many lines of the block fit, and the bytes that it takes with them and a note that some are cut."""
    used = _size((*block.opening, *block.closing)) + _NOTE
    fitting = 0
    for line in block.body:
        if used + _size([line]) > room:
            break
        used += _size([line])
        fitting += 1
    return fitting, used


def _command(diff: Diff) -> str:
    if diff.source:
        return f"meshrev diff --source {diff.source}"
    names = [one_line(diff.before.name)] + ([one_line(diff.after.name)] if diff.after.commit else [])
    plain = (name if re.fullmatch(r"[\w./~@-]+", name) else shlex.quote(name) for name in names)
    return f"meshrev diff {' '.join(plain)}"


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _size(lines: Iterable[str]) -> int:
    return len(_text(lines).encode())


def _blocks(diff: Diff) -> Iterator[Block]:
    yield Block((f"### {_escape(title(diff))}",))
    if diff.clusters:
        yield _moves(diff)
        yield from _hazards(diff)
        yield from _restarts(diff)
        yield from _rolls(diff)
        yield from _drops(diff)
    for names, parts in part_groups(diff.clusters):
        yield _changes(f"Changes {where(names, diff)}", parts)
    if diff.shared:
        yield _changes("Changes in what clusters share", [part for folder in diff.shared for part in folder.parts])
    if diff.silent:
        yield Block((f"Files differ but no object (inventories, formatting): {_cell(diff.silent)}",))


def _moves(diff: Diff) -> Block:
    groups = move_groups(diff.clusters)
    if not groups:
        return Block(("**Blast radius** (basis: files): no namespace or workload gets another revision or version.",))
    head = ("**Blast radius** (basis: files)", "", "| where | from | to | who |", "|---|---|---|---|")
    rows = []
    for names, moves in groups:
        for move in moves:
            before, after = _code(injector_text(move.before)), _code(injector_text(move.after))
            row = f"| {_escape(where(names, diff))} | {before} | {after} |"
            for what, some in (("namespace", list(map(namespace, move.namespaces))), ("workload", move.workloads)):
                for at in range(0, len(some), _NAMES):
                    of = f" of {len(some)}" if len(some) > _NAMES else ""
                    few = some[at : at + _NAMES]
                    rows.append(f"{row} {len(few)}{of} {plural(len(some), what)}: {_cell(few)} |")
    return Block(tuple(rows), head)


def _hazards(diff: Diff) -> Iterator[Block]:
    """Yields what the specs show stands open, the questions fold out."""
    met, left = hazard_groups(diff)
    if has_specs(diff) and not met:
        yield Block(("**Known hazards** (basis: files): the specs show none.",))
    elif met:
        body = []
        for group in met:
            first, *rest = hazard_lines(group, diff)
            body.append(f"- **{_escape(first)}**")
            body += [f"  - {_escape(line)}" for line in rest]
        yield Block(tuple(body), ("**Known hazards that this upgrade meets** (basis: files)", ""))
    if left:
        yield Block((f"Left behind by this upgrade: {_cell([group.hazard.id for group in left])}",))
    for one in questions(diff):
        lines = [f"- {_escape(line)}" for line in question_lines(one)]
        summary = f"Known hazards to ask about, because files cannot show them: {question_title(one, diff)}"
        opening = (f"<details><summary>{_escape(summary)}</summary>", "")
        yield Block(tuple(lines), opening, ("", "</details>", ""))


def _restarts(diff: Diff) -> Iterator[Block]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.restarts)
    if not groups:
        yield Block(("**Restart:** nothing has to be restarted.",))
    for names, needed in groups:
        lines = [one_line(line) for line in restart_lines(needed, names, diff)]
        yield _fold(restart_title(names, diff), "sh", lines)


def _rolls(diff: Diff) -> Iterator[Block]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.rolls)
    if groups:
        body = tuple(f"- {_escape(where(names, diff))}: {_cell(titles)}" for names, titles in groups)
        yield Block(body, ("Kubernetes itself replaces the pods of:", ""))


def _drops(diff: Diff) -> Iterator[Block]:
    groups = by_clusters(diff.clusters, lambda cluster: cluster.drops)
    if groups:
        body = tuple(
            f"- {_escape(where(names, diff))}: {_cell(list(map(drop_text, drops)))}" for names, drops in groups
        )
        yield Block(body, (f"**{DROPS}:**", ""))


def _changes(head: str, parts: Sequence[PartDiff]) -> Block:
    summary = f"{head}: {', '.join(part_title(part) for part in parts)}"
    lines = [
        f"{_MARKS[line.mark]} {'  ' * line.depth}{one_line(line.text)}" for part in parts for line in part_lines(part)
    ]
    return _fold(summary if len(summary) <= 200 else f"{head}: {count(len(parts), 'part')}", "diff", lines)


def _fold(summary: str, language: str, lines: Sequence[str]) -> Block:
    longest = max((len(run) for line in lines for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    opening = (f"<details><summary>{_escape(summary)}</summary>", "", f"{fence}{language}")
    return Block(tuple(lines), opening, (fence, "", "</details>", ""))


def _cell(items: Sequence[str]) -> str:
    return ", ".join(map(_code, items))


def _code(text: str) -> str:
    """As code, in which nothing has a meaning; a `|` would end the cell of a table even there."""
    plain = one_line(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", plain)), default=0) + 1)
    return f"{fence}{plain}{fence}" if len(fence) == 1 else f"{fence} {plain} {fence}"


def _escape(text: str) -> str:
    """As text, in which nothing is markup or mentions anybody."""
    return re.sub(r"([\\`*_{}\[\]<>#@|~!&])", lambda match: f"&#{ord(match[1])};", one_line(text).replace("->", "→"))
