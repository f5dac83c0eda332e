"""How a comparison is put into words, for a terminal as for a pull request."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from render.areas import CRDS, MESH
from render.compare.objects import FieldChange
from render.git.trees import Side
from render.messages import count, few, plural
from render.operations.diff.model import Diff, How, PartDiff, ReplicaDrop, SeenPods
from render.operations.diff.report.groups import common_changes
from render.plan.injection.proxy_moves import UNLABELLED, Injector, Restart

Mark = Literal["", "+", "-", "~"]
NAMED = 8  # clusters by name; of more the first are named
VALUE = 100  # characters of a value

_MARKS: dict[How, Mark] = {"added": "+", "removed": "-", "changed": "~"}


@dataclass(frozen=True, slots=True)
class Line:
    """One line: how deep it stands, what kind of change it tells (`+` added, `-` removed, `~` changed), its text."""

    depth: int
    mark: Mark
    text: str


def title(diff: Diff) -> str:
    """`HEAD~1 (1a2b3c4) -> working tree: 3 of 200 clusters differ`."""
    total = count(len(diff.names), "cluster")
    if diff.clusters:
        what = f"{len(diff.clusters)} of {total} {plural(len(diff.names), 'differs', 'differ')}"
    elif diff.shared:
        what = f"none of {total} differs, only what clusters share"
    else:
        what = f"no object differs in {total}"
    return f"{side(diff.before)} -> {side(diff.after)}: {what}"


def side(one: Side) -> str:
    """Returns a revision as it was named, with its commit where the name does not say it."""
    if one.commit is None or one.commit.startswith(one.name):
        return one.name
    return f"{one.name} ({one.commit[:7]})"


def where(names: Sequence[str], diff: Diff) -> str:
    """`in all 200 clusters`, `in 198 of 200 clusters (all but a, b)`, `only in a`."""
    total = len(diff.names)
    if len(names) == 1:
        return f"only in {names[0]}" if total > 1 else f"in {names[0]}"
    if len(names) == total:
        return f"in all {total} clusters"
    counted = f"in {len(names)} of {total} clusters"
    others = [name for name in diff.names if name not in set(names)] if len(names) > NAMED else []
    if 0 < len(others) <= NAMED // 2:
        return f"{counted} (all but {', '.join(others)})"
    return f"{counted}: {few(names, NAMED)}"


def part_title(part: PartDiff) -> str:
    """`revision default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)`."""
    if part.kind == "tag":
        name = f"tag {part.name}: {_from_to(part.before, part.after)}"
    elif part.kind == CRDS:
        name = f"CRDs {_from_to(part.before, part.after)}"
    elif part.kind == MESH:
        name = f"{MESH}: {part.before} -> {part.after}" if part.before != part.after else MESH
    else:
        name = f"{part.kind} {_from_to(part.before, part.after) or part.name}".strip()
    return name + _versions(part.versions)


def part_lines(part: PartDiff) -> Iterator[Line]:
    """Yields the part, its objects, and what changes in each; what many of them share is said once."""
    yield Line(0, _MARKS[part.how], part_title(part))
    common, objects = common_changes(part)
    for shared in common:
        yield Line(1, "~", f"in {count(len(shared.objects), 'object')}")
        yield from map(_change, shared.changes)
    for found in objects:
        yield Line(1, _MARKS[found.how], found.object.title)
        yield from map(_change, found.changes)


def injector_text(what: Injector) -> str:
    """`default-v1-24-3 (v1.24.3)`."""
    return f"{what.revision}{_versions((what.version, what.version))}" if what.revision else "no proxy"


def namespace(name: str) -> str:
    return "every namespace without injection labels" if name == UNLABELLED else name


def restart_title(names: Sequence[str], diff: Diff) -> str:
    """`Restart in all 3 clusters: until then pods keep the proxy that they have`; `names` may be empty."""
    asked = any(cluster.seen for cluster in diff.clusters)
    place = f" {where(names, diff)}" if names else ""
    return f"Restart{place}: until then pods keep the proxy that they have{'' if asked else ' (pods were not asked)'}"


def restart_lines(needed: Iterable[Restart], clusters: Sequence[str], diff: Diff) -> Iterator[str]:
    """Commands for a shell, with `CLUSTER` in place of the context where they are for several clusters. What no command
    can do is a comment, and so is what observations say of the pods."""
    seen = {one.name: one.seen for one in diff.clusters if one.seen and one.name in set(clusters)}
    if seen:
        yield f"# pods as seen, {_bases(clusters, seen)}"
    context, settings = clusters[0], False
    if len(clusters) > 1:
        context = "CLUSTER"
        yield "# CLUSTER: kubectl's context for each of them"
    for restart in sorted(needed, key=lambda restart: restart.why):
        if restart.why == "settings" and not settings:
            settings = True
            yield "# same revision and version, other settings of the proxy:"
        counts = [known.pods[restart] for known in seen.values() if restart in known.pods]
        of = "" if restart.namespace == UNLABELLED else f" of {restart.namespace}"
        seen_in = "" if len(counts) == len(clusters) else f" in the {len(counts)} of {len(clusters)} that were observed"
        still = f"{count(sum(counts), 'pod')}{of} with the old proxy{seen_in}" if counts else ""
        if restart.arguments:
            yield shlex.join(["kubectl", "--context", context, *restart.arguments]) + (f"  # {still}" if still else "")
            continue
        who = f"{restart.namespace}/{restart.workload}: no command, its next pods get it" if restart.workload else ""
        yield f"# {who or namespace(restart.namespace)}" + (f" ({still})" if still else "")


DROPS = "Replicas fall to 1, the API server's default, until an autoscaler raises them"


def drop_text(drop: ReplicaDrop) -> str:
    """`Deployment/istio-system/istiod: 3 -> 1`."""
    return f"{drop.object}: {drop.before} -> 1"


def _bases(clusters: Sequence[str], seen: Mapping[str, SeenPods]) -> str:
    """`one: observation 3h old; not observed: two`."""
    shown = [f"{name}: {seen[name].basis}" for name in list(seen)[:NAMED]]
    if len(seen) > NAMED:
        shown.append(count(len(seen) - NAMED, "more observation"))
    if others := [name for name in clusters if name not in seen]:
        shown.append(f"not observed: {few(others, NAMED)}")
    return "; ".join(shown)


def _from_to(before: str, after: str) -> str:
    return f"{before} -> {after}" if before and after and before != after else before or after


def _versions(versions: tuple[str, str]) -> str:
    said = _from_to(*versions)
    return f" ({said})" if said else ""


def _change(change: FieldChange) -> Line:
    field = change.field or "the whole file"
    match change.how:
        case "added":
            return Line(2, "+", f"{field}: {_value(change.after)}")
        case "removed":
            return Line(2, "-", f"{field}: {_value(change.before)}")
        case "changed":
            return Line(2, "~", f"{field}: {_value(change.before)} -> {_value(change.after)}")
        case "lines":
            gone, new = change.lines
            return Line(2, "~", f"{field}: {count(gone, 'line')} gone, {new} new")
        case "reordered":
            return Line(2, "~", f"{field}: the same items in another order")
    return Line(2, "~", f"{field}: written differently, says the same")


def _value(text: str | None) -> str:
    """Returns a value in JSON; a text that reads as nothing else goes without its quotes."""
    shown = text or "null"
    value = json.loads(shown)
    if isinstance(value, str) and value.isprintable() and not _needs_quotes(value):
        shown = value
    return shown if len(shown) <= VALUE else f"{shown[:VALUE]}... ({len(shown)} characters)"


def _needs_quotes(value: str) -> bool:
    """Returns whether without quotes it would read as a number, a boolean or a structure, or would not be seen."""
    if not value or value != value.strip() or " -> " in value or value[0] in "{[\"'":
        return True
    try:
        json.loads(value)
    except ValueError:
        return False
    return True
