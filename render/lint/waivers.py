"""What is left of findings once the fleet has had its say: its severities, and its waivers on the day of the commit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from render.codes import CODES
from render.finding import Finding
from render.kustomize.problem import Problem
from render.lint.registry import BY_CODE, EXPIRED, NO_SUCH_RULE, UNMATCHED
from render.lint.rule import Violation
from render.messages import FieldPath
from render.specs.clusters import WAIVABLE
from render.specs.kinds import Fleet, Waiver

WAIVERS: FieldPath = ("spec", "waivers")
SEVERITY: FieldPath = ("spec", "lint", "severity")
_RULES = "MR1"  # codes below are of mistakes that keep a cluster from being rendered


@dataclass(frozen=True, slots=True)
class ClusterFinding:
    """A finding, and the clusters that it is of; none for one of the fleet as a whole."""

    finding: Finding
    clusters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`left` are findings with the severity that they have in this fleet, `waived` those that it accepts, with the
    waiver; `about` is what is wrong with its waivers and severities themselves."""

    left: tuple[ClusterFinding, ...]
    waived: tuple[tuple[ClusterFinding, Waiver], ...]
    about: tuple[Problem, ...]


def judge(found: Iterable[ClusterFinding], fleet: Fleet, today: str | None, *, whole: bool) -> Judgement:
    """Apply severities and waivers. `today` is an ISO date; without one no waiver expires. `whole`: all clusters were
    looked at, so that a waiver without a finding matches nothing.

    An error that keeps a cluster from being rendered can be neither waived nor made less, except for MR060, which the
    specs' own reading waives too.
    """
    left: list[ClusterFinding] = []
    waived: list[tuple[ClusterFinding, Waiver]] = []
    matched: set[int] = set()
    for said in found:
        waivers = [(index, one) for index, one in enumerate(fleet.waivers) if _matches(one, said.finding)]
        matched.update(index for index, _ in waivers)
        valid = next((one for _, one in waivers if not _is_expired(one, today)), None)
        if valid:
            waived.append((said, valid))
        elif weighed := weigh(said.finding, fleet):
            left.append(replace(said, finding=weighed))
    return Judgement(tuple(left), tuple(waived), tuple(_about(fleet, matched, today, whole=whole)))


def weigh(finding: Finding, fleet: Fleet) -> Finding | None:
    """Returns the finding with the severity that its code has in this fleet, None where that is `off`."""
    if not _negotiable(finding):
        return finding
    rule = BY_CODE.get(finding.code)
    own = CODES[finding.code].severity if rule and not rule.find else finding.severity
    level = fleet.lint.get(finding.code, own)
    return None if level == "off" else replace(finding, severity=level)


def _negotiable(finding: Finding) -> bool:
    """Returns whether the fleet may decide: not where rendering refuses to go on."""
    return finding.severity != "error" or finding.code >= _RULES


def _matches(waiver: Waiver, finding: Finding) -> bool:
    if waiver.code != finding.code or waiver.object not in (None, finding.object):
        return False
    return _negotiable(finding) or finding.code == WAIVABLE


def _is_expired(waiver: Waiver, today: str | None) -> bool:
    """`until` is the last day on which it counts."""
    return bool(today and waiver.until and waiver.until < today)


def _about(fleet: Fleet, matched: set[int], today: str | None, *, whole: bool) -> Iterator[Problem]:
    for index, waiver in enumerate(fleet.waivers):
        of = f"{waiver.code} of {waiver.object}" if waiver.object else waiver.code
        if _is_expired(waiver, today):
            rest = (
                "what it accepted is reported again" if index in matched else "it matches nothing any more: remove it"
            )
            message = (
                f"the waiver of {of} ended on {waiver.until}, before {today}: {rest} (its reason: {waiver.reason})"
            )
            yield EXPIRED.problem(Violation(message, fleet.resource, (*WAIVERS, index, "until")))
        elif whole and index not in matched:
            message = f"no finding is {of}: it hides one that comes back. Remove it"
            yield UNMATCHED.problem(Violation(message, fleet.resource, (*WAIVERS, index)))
    for code in fleet.lint:
        if code >= _RULES and code not in BY_CODE:
            message = f"no rule has the code {code}: docs/rules lists those that there are"
            yield NO_SUCH_RULE.problem(Violation(message, fleet.resource, (*SEVERITY, code)))
