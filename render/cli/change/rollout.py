"""`meshrev rollout`: an upgrade in waves with gates."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.change import Landing, landing_options
from render.cli.options.common import allow_unknown_values_option, observed_option, output_option
from render.cli.options.fleet import GivenFile, fleet_root, from_root
from render.cli.output import StyledText, print_json, print_line, print_lines, table

if TYPE_CHECKING:
    from render.operations.rollout.advance import AdvanceResult
    from render.operations.rollout.decide import GateResult, NextStep
    from render.operations.rollout.new import Template
    from render.operations.rollout.path import Hop
    from render.operations.rollout.simulate import CalendarEntry
    from render.operations.rollout.status import RolloutStatus, WaveStatus


@click.group("rollout")
def command() -> None:
    """Upgrade the fleet in waves with gates, as a file below rollouts/ says.

    Where a rollout stands is read from the specs and the history of the branch; nothing is stored. A scheduled job runs
    `meshrev rollout advance --push`, from wherever, as often as you like.
    """


_name = click.argument("name", required=False)


@command.command("status")
@_name
@click.option("--at", "rev", metavar="REV", default="HEAD", help="The commit or branch to look at. [default: HEAD]")
@observed_option
@allow_unknown_values_option
@output_option
def status_command(name: str | None, rev: str, observed: str | None, allow_unknown_values: bool, output: str) -> None:
    """Show waves, gates, and what comes next.

    NAME is the rollout's, where there are several.
    """
    from render.operations.rollout.standing import stand
    from render.operations.rollout.status import rollout_status

    root = fleet_root()
    commit = _commit(root, rev)
    standing = stand(root, commit, name, observed=from_root(root, observed), allow_unknown_values=allow_unknown_values)
    found = rollout_status(standing)
    if output == "json":
        print_json(status_json(found))
        return
    print_line(StyledText(f"{found.name}", bold=True), f": Istio {found.istio} to {found.version} ({found.revision})")
    heads = ("WAVE", "STATE", "CLUSTERS", "NAMESPACES", "SINCE", "SKIPPED")
    print_lines(table(heads, map(_row, found.waves)))
    if found.answers:
        print_line("")
        print_lines(table(("GATE", "ANSWER", "WHY"), map(_gate_row, found.answers)))
    print_line("")
    print_line(_next(found.decision))


@command.command("new")
@click.option("--version", required=True, metavar="V", help="The release to roll out, such as v1.31.4, 1.31 or latest.")
@click.option("--istio", metavar="NAME", help="The Istio, where clusters have several.")
@click.option(
    "--template",
    type=click.Choice(["canary", "environment", "region"]),
    default="canary",
    show_default=True,
    help="What the waves are: one cluster, a tenth and all; or the clusters by a label.",
)
@click.option("--name", metavar="NAME", help="The rollout's name. [default: the Istio's and the version's]")
@click.option("--dry-run", is_flag=True, help="Only print the file.")
def new_command(version: str, istio: str | None, template: Template, name: str | None, dry_run: bool) -> None:
    """Write a rollout for this fleet, to be looked at and committed.

    \b
    meshrev rollout new --version 1.31
    meshrev rollout new --version latest --template environment --dry-run
    """
    from render.operations.render.fleet import open_fleet
    from render.operations.rollout.new import rollout_file, write_rollout
    from render.specs.releases import as_typed

    root = fleet_root()
    opened = open_fleet(root)
    file = rollout_file(opened.plans(), opened.reader, as_typed(version), istio=istio, template=template, name=name)
    if dry_run:
        print_lines(file.text.rstrip("\n").split("\n"))
        return
    write_rollout(root, file)
    print_line(f"{file.path}: look at it, commit it, then `meshrev rollout plan` and `meshrev rollout advance`")


@command.command("path")
@click.option("--to", "target", required=True, metavar="V", help="The release to arrive at, such as v1.31.4 or latest.")
@click.option("--istio", metavar="NAME", help="The Istio, where clusters have several.")
@output_option
def path_command(target: str, istio: str | None, output: str) -> None:
    """Say over which releases an upgrade goes, with the fewest restarts.

    Each line is a rollout of its own, and restarts every workload once. With CNI or ztunnel a step is one minor, and
    they follow the control plane in it.

    \b
    meshrev rollout path --to latest
    meshrev rollout new --version 1.29
    """
    from render.operations.render.fleet import open_fleet
    from render.operations.rollout.path import rollout_path
    from render.specs.releases import as_typed, parse

    opened = open_fleet(fleet_root())
    plans = opened.plans()
    version = plans[0].specs.releases.resolve(as_typed(target)) if plans else target
    hops = rollout_path(plans, istio, version)
    if output == "json":
        print_json({"to": version, "hops": [_hop_json(one) for one in hops]})
        return
    if not hops:
        print_line(f"all clusters are at {version}")
        return
    heads = ("FROM", "TO", "CLUSTERS", "THEN", "HAZARDS", "KUBERNETES", "OUTSIDE")
    print_lines(table(heads, map(_hop_row, hops)))
    print_line("")
    line = parse(hops[0].to_version).line
    print_line(
        f"`meshrev rollout new --version {line}` writes the first one; `meshrev hazards --from` and `--to` tell more"
    )


@command.command("plan")
@_name
@click.option("--at", "rev", metavar="REV", default="HEAD", help="The commit or branch to look at. [default: HEAD]")
@allow_unknown_values_option
@output_option
def plan_command(name: str | None, rev: str, allow_unknown_values: bool, output: str) -> None:
    """Print the steps that are left, each with what it moves.

    As if every gate passed at once; `rollout simulate` asks the calendar.
    """
    from datetime import UTC
    from datetime import datetime as clock

    from render.operations.rollout.simulate import simulate, without_gates
    from render.operations.rollout.standing import stand

    root = fleet_root()
    standing = stand(root, _commit(root, rev), name, allow_unknown_values=allow_unknown_values)
    entries = [one for one in simulate(without_gates(standing.progress), clock.now(UTC)) if one.decision.step]
    if output == "json":
        print_json({"rollout": standing.rollout.name, "steps": [_entry_json(one, timed=False) for one in entries]})
        return
    for number, one in enumerate(entries, 1):
        print_line(f"{number}. {one.decision.step.words if one.decision.step else ''}{_moves(one)}")
    if not entries:
        print_line("no step is left")
    elif standing.progress.old:
        print_line(f"then, once nothing uses it any more: meshrev retire {standing.progress.old[-1]}")


@command.command("simulate")
@_name
@click.option("--at", "rev", metavar="REV", default="HEAD", help="The commit or branch to look at. [default: HEAD]")
@click.option("--from", "start", metavar="TIME", help="When it begins, such as 2026-12-01 or 2026-12-01T09:00+01:00.")
@click.option(
    "--answers",
    type=GivenFile(exists=True, dir_okay=False),
    metavar="FILE",
    help="What gates answer, by wave: `canary: {prometheus: fail, observed: 2h}`.",
)
@allow_unknown_values_option
@output_option
def simulate_command(
    name: str | None, rev: str, start: str | None, answers: str | None, allow_unknown_values: bool, output: str
) -> None:
    """Print the calendar of a rollout before it starts.

    Soaks, windows and freezes are asked as in earnest; other gates pass at once, unless --answers says otherwise.
    """
    from pathlib import Path

    from render.operations.rollout.simulate import simulate
    from render.operations.rollout.simulation_file import parse_scripts
    from render.operations.rollout.standing import stand

    begins = _start(start)
    root = fleet_root()
    standing = stand(root, _commit(root, rev), name, now=begins, allow_unknown_values=allow_unknown_values)
    scripts = parse_scripts(Path(answers).read_bytes(), answers, standing.rollout) if answers else {}
    entries = list(simulate(standing.progress, begins, scripts))
    if output == "json":
        print_json({"rollout": standing.rollout.name, "calendar": [_entry_json(one, timed=True) for one in entries]})
        return
    heads = ("WHEN", "WAVE", "WHAT", "MOVES")
    print_lines(table(heads, map(_calendar_row, entries)))


@command.command("advance")
@_name
@landing_options
def advance_command(name: str | None, landing: Landing) -> None:
    """Do the next step of a rollout, if its gates let it.

    One commit, or one pull request, a run: the revision is brought in for a wave, the wave's namespaces and tags
    move, namespaces get their own labels back. Where a gate fails, what `onFailure` says is done. Otherwise one line
    says what is waited for, and until when. Exit code 0 in each of these cases.

    \b
    meshrev rollout advance --push
    meshrev rollout advance istio-1-31 --pr
    """
    from render.cli.output import progress_line
    from render.operations.change.operation import How
    from render.operations.change.push import Where
    from render.operations.rollout.advance import advance

    if landing.push and landing.pr:
        raise click.UsageError("--push and --pr do not go together: a pull request's branch is pushed anyway")
    root = fleet_root()
    how = How(
        allow_unknown_values=landing.allow_unknown_values,
        observed=from_root(root, landing.observed),
        progress=progress_line(),
        said=lambda text: print_line(f"note: {text}", err=True),
    )
    where: Where = "pr" if landing.pr else "push" if landing.push else "local"
    done = advance(root, name, where, how, onto=landing.onto, remote=landing.remote, dry=landing.dry_run)
    if landing.output == "json":
        print_json(advance_json(done))
    else:
        _print_advance(done, landing.dry_run)


@command.command("skip")
@click.argument("cluster")
@click.option("--rollout", "name", metavar="NAME", help="The rollout, where there are several.")
@click.option("--until", metavar="DATE", help="The last day on which it is left out, such as 2026-12-24.")
@click.option("--reason", metavar="TEXT", help="Why, for whoever reads the rollout.")
@click.option("--take-up", is_flag=True, help="Take the cluster up again.")
@landing_options
def skip_command(
    cluster: str, name: str | None, until: str | None, reason: str | None, take_up: bool, landing: Landing
) -> None:
    """Leave a cluster out of a rollout until a day, as a commit.

    \b
    meshrev rollout skip prod-eu --until 2026-12-24 --reason "nodes are replaced"
    meshrev rollout skip prod-eu --take-up
    """
    from datetime import date

    from render.cli.options.change import run
    from render.operations.rollout.rollout_file import SkipCluster

    if take_up == bool(until or reason):
        raise click.UsageError("--until and --reason say how long and why a cluster is left out; --take-up ends it")
    if not take_up and not (until and reason):
        raise click.UsageError("--until and --reason belong together")
    try:
        day = date.fromisoformat(until) if until else None
    except ValueError:
        raise click.UsageError(f"--until {until}: that is no day, such as 2026-12-24") from None
    run(SkipCluster(cluster, day, reason or "", name), landing)


def _hop_json(one: Hop) -> dict[str, Any]:
    return {
        "from": one.from_version,
        "to": one.to_version,
        "clusters": list(one.clusters),
        "agents": list(one.agents),
        "hazards": dict(one.hazards),
        "kubernetes": list(one.kubernetes) if one.kubernetes else None,
        "outside": list(one.outside),
    }


def _hop_row(one: Hop) -> tuple[str, ...]:
    from render.messages import few

    return (
        one.from_version,
        one.to_version,
        str(len(one.clusters)),
        ", ".join(one.agents),
        ", ".join(f"{number} {severity}" for severity, number in one.hazards.items()),
        " to ".join(one.kubernetes or ()),
        few(list(one.outside), 3) if one.outside else "",
    )


def _start(text: str | None) -> datetime:
    """Returns when a simulation begins; a time without an offset is in UTC."""
    from datetime import UTC

    if text is None:
        return datetime.now(UTC).replace(second=0, microsecond=0)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise click.UsageError(f"--from {text}: that is no time, such as 2026-12-01 or 2026-12-01T09:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _entry_json(one: CalendarEntry, *, timed: bool) -> dict[str, Any]:
    when = {"at": _time(one.at)} if timed else {}
    return {
        **when,
        **_decision_json(one.decision),
        "namespaces": one.namespaces,
        "tags": one.tags,
        "gateways": one.gateways,
    }


def _moves(one: CalendarEntry) -> str:
    from render.messages import count

    counts = (one.tags, "tag"), (one.gateways, "gateway"), (one.namespaces, "namespace")
    parts = [count(number, what) for number, what in counts if number]
    return f": {', '.join(parts)}" if parts else ""


def _calendar_row(one: CalendarEntry) -> tuple[str, ...]:
    step = one.decision.step
    what = step.words if step else _next(one.decision)
    return (f"{one.at:%a %Y-%m-%d %H:%M %Z}", one.decision.wave or "", what, _moves(one).removeprefix(": "))


def _commit(root: Any, rev: str) -> str:
    from render.git.trees import Repository

    with Repository(root) as repository:
        commit = repository.side(rev).commit
    assert commit
    return commit


def status_json(found: RolloutStatus) -> dict[str, Any]:
    """`{"rollout", "istio", "version", "revision", "commit", "onFailure", "waves", "next"}`."""
    return {
        "rollout": found.name,
        "istio": found.istio,
        "version": found.version,
        "revision": found.revision,
        "commit": found.commit,
        "onFailure": found.on_failure,
        "waves": [
            {
                "name": wave.name,
                "state": wave.state,
                "clusters": wave.clusters,
                "introduced": wave.introduced,
                "done": wave.done,
                "namespaces": wave.namespaces,
                "moved": wave.moved,
                "skipped": list(wave.skipped),
                "since": _time(wave.since),
            }
            for wave in found.waves
        ],
        "next": _decision_json(found.decision),
    }


def advance_json(done: AdvanceResult) -> dict[str, Any]:
    """`{"rollout", "outcome", "next", "result"}`: `result` is as the other verbs that commit print theirs, null
    where no step was done."""
    from render.cli.options.change import as_json

    return {
        "rollout": done.standing.rollout.name,
        "outcome": "advanced" if done.landed else done.decision.outcome,
        "next": _decision_json(done.decision),
        "result": as_json(done.landed) if done.landed else None,
    }


def _decision_json(decision: NextStep) -> dict[str, Any]:
    step = decision.step
    return {
        "outcome": decision.outcome,
        "reason": decision.reason,
        "wave": decision.wave,
        "until": _time(decision.until),
        "step": {"kind": step.kind, "wave": step.wave, "clusters": list(step.clusters)} if step else None,
        "gates": [
            {
                "type": one.gate.type,
                "answer": one.answer.verdict,
                "reason": one.answer.reason,
                "until": _time(one.answer.until),
            }
            for one in decision.answers
        ],
    }


def _time(moment: datetime | None) -> str | None:
    from datetime import UTC

    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" if moment else None


def _print_advance(done: AdvanceResult, dry_run: bool) -> None:
    from render.cli.options.change import print_result
    from render.operations.rollout.step import RolloutStep

    name, decision = done.standing.rollout.name, done.decision
    if done.landed is None or decision.step is None:
        print_line(f"{name}: {_next(decision)}")
        return
    if decision.step.kind in ("rollback", "pause"):
        print_line(f"{name}: a gate failed, {decision.reason}")
    print_result(RolloutStep(done.standing, decision.step), done.landed, dry_run)


def _next(decision: NextStep) -> str:
    until = f", until {decision.until:%Y-%m-%d %H:%M} UTC" if decision.until else ""
    return {
        "step": f"next: {decision.step.words if decision.step else ''}",
        "waiting": f"waiting for {decision.reason}{until}",
        "paused": f"paused: {decision.reason}",
        "done": f"done: {decision.reason}",
    }[decision.outcome]


def _row(wave: WaveStatus) -> tuple[str, ...]:
    since = f"{wave.since:%Y-%m-%d %H:%M}" if wave.since else ""
    return (
        wave.name,
        wave.state,
        f"{wave.done}/{wave.clusters}",
        f"{wave.moved}/{wave.namespaces}",
        since,
        ", ".join(wave.skipped),
    )


def _gate_row(one: GateResult) -> tuple[str, ...]:
    return (one.gate.type, one.answer.verdict, one.answer.reason)
