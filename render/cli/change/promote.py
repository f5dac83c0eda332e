"""`meshrev promote`: moves namespaces, gateways, tags and clusters between revisions."""

from __future__ import annotations

from typing import Any

import click

from render.cli.options.change import Landing, operation_options

WHAT = (
    "name what to move: --istio NAME --version V (or --strategy S), --tag T --to REV, --gateway NAME --to REV, or "
    "--namespace NS (--selector, --percent) --to REV"
)


class _Percent(click.FloatRange):
    """A share, with its sign or without."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return super().convert(value.removesuffix("%") if isinstance(value, str) else value, param, ctx)  # type: ignore[arg-type]  # click converts text


@click.command("promote")
@click.option("--istio", metavar="NAME", help="Bring in a new revision of this Istio, beside the old one.")
@click.option("--version", metavar="V", help="With --istio: the release, such as v1.24.3, 1.24 or latest.")
@click.option(
    "--strategy",
    type=click.Choice(["InPlace", "RevisionBased"]),
    metavar="S",
    help="With --istio: InPlace or RevisionBased from now on. Who follows it stays injected; run it again for the next "
    "step.",
)
@click.option("--tag", metavar="TAG", help="Point this tag at another revision.")
@click.option("--namespace", "-n", "namespaces", multiple=True, metavar="NS", help="Move this namespace; repeatable.")
@click.option("--selector", "-l", metavar="LABELS", help="Move the namespaces with these labels, as kubectl -l.")
@click.option(
    "--percent",
    type=_Percent(0, 100, min_open=True),
    metavar="P",
    help="Move this share of the namespaces that are injected: the same every time, more with a larger share.",
)
@click.option(
    "--gateway",
    "gateways",
    multiple=True,
    metavar="NAME",
    help="Move this gateway, alone or with namespaces; repeatable.",
)
@click.option(
    "--canary",
    type=click.IntRange(1, 90),
    metavar="P",
    help="With --gateway: move a share of its pods, in percent, in a second Deployment. Without it all go, or go back.",
)
@click.option(
    "--to",
    metavar="REV",
    help="The revision; for namespaces and gateways also a tag, and default; for namespaces also ambient.",
)
@click.option("--waypoint", is_flag=True, help="With namespaces and --to ambient: give each a waypoint first.")
@click.option("--wave", metavar="NAME", default="", help="A name for this step, kept in the log.")
@operation_options
def command(
    istio: str | None,
    version: str | None,
    strategy: str | None,
    tag: str | None,
    namespaces: tuple[str, ...],
    selector: str | None,
    percent: float | None,
    gateways: tuple[str, ...],
    canary: int | None,
    to: str | None,
    waypoint: bool,
    wave: str,
    clusters: tuple[str, ...],
    cluster_selector: str | None,
    landing: Landing,
) -> None:
    """Move namespaces, gateways, tags and clusters between revisions: one commit of specs and rendered manifests.

    The specs that people wrote are edited in place: in the overlay of each cluster that is selected, in the base only
    where every cluster that uses it is. Then those clusters are rendered, proved and linted. The commit goes to the
    branch that is checked out; with --push it is made on the fetched branch and pushed, with --pr it becomes a pull
    request. Your own changes in the working tree are left alone. Run again, it does nothing.

    \b
    meshrev promote --istio default --version v1.24.3 --cluster staging
    meshrev promote --tag prod --to default-v1-24-3 --cluster-selector env=staging
    meshrev promote --percent 25 --to default-v1-24-3 --pr
    meshrev promote --gateway ingress --to default-v1-24-3 --canary 20
    meshrev promote -n shop --to ambient --waypoint
    meshrev promote --istio default --strategy RevisionBased
    """
    from render.cli.options.change import run
    from render.operations.change.promote import Promote
    from render.operations.change.promotion_rules import Promotion
    from render.operations.change.selection import Clusters, Namespaces
    from render.specs.releases import as_typed

    by = [("--namespace", bool(namespaces)), ("--selector", selector), ("--percent", percent is not None)]
    given = [name for name, value in (("--istio", istio), ("--tag", tag), *by) if value]
    if not given and gateways:
        given = ["--gateway"]
    elif gateways and given[0] in ("--istio", "--tag"):
        given.append("--gateway")
    if canary is not None and given != ["--gateway"]:
        raise click.UsageError("--canary is for --gateway alone")
    if waypoint and (to != "ambient" or gateways or given[:1] in ([], ["--istio"], ["--tag"])):
        raise click.UsageError("--waypoint is for namespaces that go --to ambient")
    if len(given) != 1:
        raise click.UsageError(f"{' and '.join(given)} do not go together: {WHAT}" if given else WHAT)
    if strategy and (not istio or version):
        raise click.UsageError(f"--strategy {'and --version do not go together' if version else 'goes with --istio'}")
    if strategy and istio:
        _only("--istio", "--strategy", strategy, "--to", to)
        promotion = Promotion("strategy", strategy, istio)
    elif istio:
        _only("--istio", "--version", version, "--to", to)
        promotion = Promotion("istio", as_typed(version or ""), istio)
    else:
        _only(given[0], "--to", to, "--version", version)
        if tag:
            promotion = Promotion("tag", to or "", tag)
        elif given == ["--gateway"]:
            promotion = Promotion("gateways", to or "", gateways=tuple(sorted(set(gateways))), canary=canary)
        else:
            promotion = Promotion(
                "namespaces",
                to or "",
                namespaces=Namespaces(tuple(sorted(set(namespaces))), selector, percent),
                gateways=tuple(sorted(set(gateways))),
                waypoint=waypoint,
            )
    if clusters and cluster_selector:
        raise click.UsageError("--cluster and --cluster-selector do not go together")
    run(Promote(promotion, Clusters.of(clusters, cluster_selector), wave), landing)


def _only(what: str, needs: str, value: str | None, other: str, unwanted: str | None) -> None:
    if not value:
        raise click.UsageError(f"{what} needs {needs}")
    if unwanted:
        raise click.UsageError(f"{other} does not go with {what}")
