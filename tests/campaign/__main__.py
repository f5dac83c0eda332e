"""The campaign on the command line: `make campaign SEED=1 MINUTES=5`."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import click

from tests.campaign.campaign import Failure, Program, run_cases, table, until
from tests.campaign.inputs import Inputs
from tests.campaign.kills import Kills
from tests.campaign.kustomize import Kustomize, Kustomize4
from tests.campaign.races import Races
from tests.campaign.repositories import Repositories

PROGRAMS: dict[str, Callable[[Path], Program]] = {
    "inputs": Inputs,
    "kills": Kills,
    "kustomize": Kustomize,
    "kustomize-4.5.4": Kustomize4,
    "races": Races,
    "repositories": Repositories,
}


@click.command()
@click.option("--seed", default=1, show_default=True, help="What all cases are made from.")
@click.option("--minutes", default=5.0, show_default=True, help="How long, shared alike by the programs.")
@click.option("--only", type=click.Choice(list(PROGRAMS)), help="One program alone.")
@click.option("--cases", type=click.IntRange(min=1), help="So many cases of each program, however long they take.")
@click.option("--case", type=click.IntRange(min=1), help="With --only: this case alone.")
def main(seed: int, minutes: float, only: str | None, cases: int | None, case: int | None) -> None:
    """Look for faults with inputs, kills, races and repositories that a seed decides."""
    if case and not only:
        raise click.UsageError("--case needs --only: the cases are numbered in each program")
    programs = {name: make for name, make in PROGRAMS.items() if only in (None, name)}
    few = [case] if case else range(1, cases + 1) if cases else None
    chosen = until(minutes / len(programs)) if few is None else lambda _: few
    os.environ |= {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    os.environ |= {"no_proxy": "127.0.0.1", "NO_COLOR": "1"}
    folder = Path(tempfile.mkdtemp(prefix="campaign-"))

    def tell(failure: Failure) -> None:
        again = f"make campaign SEED={seed} ONLY={failure.program} CASE={failure.case}"
        click.echo(f"{again}\n{failure.evidence}\n", err=True)

    tally = run_cases(programs, seed, chosen, folder, tell)
    for line in table(tally):
        click.echo(line)
    for failure in tally.failures:
        click.echo(f"failed: make campaign SEED={seed} ONLY={failure.program} CASE={failure.case}")
    if tally.failures:
        sys.exit(1)
    shutil.rmtree(folder)


if __name__ == "__main__":
    main()
