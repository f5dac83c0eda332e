"""What the verbs that commit share: their options, and what they print of what they did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import wraps
from typing import TYPE_CHECKING, Any

import click

from render.cli.options.common import allow_unknown_values_option, clusters_option, observed_option, output_option
from render.cli.options.fleet import fleet_root, from_root
from render.cli.output import StyledText, print_json, print_line, print_lines

if TYPE_CHECKING:
    from render.git.branches import Branch
    from render.operations.change.operation import NewCommit, Operation
    from render.operations.change.push import LandResult, Where

Command = Callable[..., None]
_STEPS = 12  # of those that are printed


@dataclass(frozen=True, slots=True)
class Landing:
    """What the options say of where a commit goes and how it is made and told; a field for each of `_LANDING`."""

    push: bool
    pr: bool
    dry_run: bool
    onto: str | None
    remote: str | None
    output: str
    observed: str | None
    allow_unknown_values: bool


_CLUSTER_SELECTOR = click.option(
    "--cluster-selector", metavar="LABELS", help="Only the clusters with these labels, as kubectl -l."
)
_LANDING = (
    click.option("--push", is_flag=True, help="Make the commit on the fetched branch and push it."),
    click.option("--pr", is_flag=True, help="Push a branch of its own and open, or update, its pull request."),
    click.option("--dry-run", is_flag=True, help="Only show what would be committed."),
    click.option("--onto", metavar="BRANCH", help="The branch that it is for. [default: the one that is checked out]"),
    click.option("--remote", metavar="NAME", help="The remote. [default: that of the branch, else origin]"),
    output_option,
    observed_option,
    allow_unknown_values_option,
)


def landing_options(command: Command) -> Command:
    """Adds the options of where a commit goes: the command gets a `Landing` as its argument `landing`."""

    @wraps(command)
    def with_landing(**options: Any) -> None:
        landing = Landing(**{field.name: options.pop(field.name) for field in fields(Landing)})
        command(**options, landing=landing)

    for option in reversed(_LANDING):
        with_landing = option(with_landing)
    return with_landing


def operation_options(command: Command) -> Command:
    """Adds the options of which clusters, and of where the commit goes."""
    return clusters_option(_CLUSTER_SELECTOR(landing_options(command)))


def run(operation: Operation, landing: Landing, *, blocking: bool = True) -> None:
    """Do the operation, and print what came of it."""
    from render.cli.output import progress_line
    from render.operations.change.operation import How
    from render.operations.change.push import land

    if landing.push and landing.pr:
        raise click.UsageError("--push and --pr do not go together: a pull request's branch is pushed anyway")
    root = fleet_root()
    how = How(
        allow_unknown_values=landing.allow_unknown_values,
        observed=from_root(root, landing.observed),
        blocking=blocking,
        progress=progress_line(),
        said=lambda text: print_line(f"note: {text}", err=True),
    )
    where: Where = "pr" if landing.pr else "push" if landing.push else "local"
    result = land(root, operation, where, how, onto=landing.onto, remote=landing.remote, dry=landing.dry_run)
    if landing.output == "json":
        print_json(as_json(result))
    else:
        print_result(operation, result, landing.dry_run)


def as_json(result: LandResult) -> dict[str, Any]:
    """`{"changed", "operation", "commit", "subject", "from", "to", "wave", "moved", "branch", "pullRequest",
    "clusters", "specs", "restarts", "notes", "steps", "findings"}`; only `changed` is there when nothing was to do."""
    from render.cli.output import as_data
    from render.operations.change.commit_message import count_moves
    from render.operations.diff.report.as_json import data

    done = result.made
    if done is None:
        return {"changed": False}
    moved = count_moves(done.diff)
    return {
        "changed": True,
        "operation": done.message.id,
        "commit": done.commit if result.branch else None,
        "subject": done.message.subject,
        "from": done.edited.from_,
        "to": done.edited.to,
        "wave": done.edited.wave,
        "moved": {"namespaces": moved.namespaces, "workloads": moved.workloads, "clusters": moved.clusters},
        "branch": result.branch.title if result.branch else None,
        "pullRequest": result.pull_request,
        "clusters": list(done.edited.clusters),
        "specs": sorted(done.edited.texts),
        "restarts": data(done.diff)["restarts"],
        "notes": [*done.edited.notes, *result.notes],
        "steps": list(done.edited.steps),
        "findings": [as_data(finding) for finding in done.findings],
    }


def print_result(operation: Operation, result: LandResult, dry_run: bool) -> None:
    """Prints what an operation came to, for a person."""
    done = result.made
    if done is None:
        print_line(f"nothing to do: all is so already ({operation.words})")
        return
    if dry_run:
        print_lines(done.message.text.split("\n"))
        for path in sorted(done.edited.texts):
            print_line(f"would edit {path}")
        for cluster in done.results:
            from render.cli.output import counts

            print_line(f"would render {cluster.name}: {counts(cluster)}")
        return
    print_line(StyledText(done.message.subject, bold=True), f" ({done.message.id})")
    _print_what(done)
    assert result.branch
    _print_where(result.branch, done, result)
    _print_steps(done.edited.steps)


def _print_what(done: NewCommit) -> None:
    from render.operations.change.commit_message import count_moves, restarts

    moved = count_moves(done.diff)
    print_line(f"{moved.who} once pods restart" if moved.any else moved.who)
    for note in done.edited.notes:
        print_line(f"note: {note}")
    for line in restarts(done.diff):
        print_line(line)
    if done.findings:
        names = " ".join(f"--cluster {name}" for name in done.edited.clusters[:3])
        more = names if len(done.edited.clusters) <= 3 else ""
        print_line(f"lint has {len(done.findings)} warnings and notes: meshrev lint {more}".rstrip())


def _print_where(branch: Branch, done: NewCommit, result: LandResult) -> None:
    print_line(f"commit {done.commit[:10]} on {branch.title}")
    for note in result.notes:
        print_line(f"note: {note}", err=True)
    if result.pull_request:
        print_line(f"pull request: {result.pull_request}")
    elif branch.remote:
        print_line("`git pull` takes it into your own branch")
    else:
        print_line("not pushed: `git push` (or --push, --pr next time)")


def _print_steps(steps: tuple[str, ...]) -> None:
    """Of a large fleet the first of them: the others differ in names alone, and `--output json` has them all."""
    if steps:
        print_line("once the branch has it, in the clusters:")
    for step in steps[:_STEPS]:
        print_line(f"  {step}")
    if len(steps) > _STEPS:
        print_line(f"  and {len(steps) - _STEPS} more for the other clusters (--output json has all)")
