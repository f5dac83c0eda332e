"""The campaign itself: it looks, it counts, and it says how to do a failed case again."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from random import Random

from tests.campaign.campaign import Broken, Failure, run_cases, table
from tests.support.cases import ROOT
from tests.support.programs.kustomize import needs_kubectl, needs_kustomize


@needs_kubectl
@needs_kustomize
def test_a_case_of_each_program_finds_nothing() -> None:
    command = [sys.executable, "-m", "tests.campaign", "--seed", "1", "--cases", "1"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    in_all = [line.split() for line in done.stdout.splitlines() if "in all" in line]
    assert in_all == [
        [name, "in", "all", "1"]
        for name in ("inputs", "kills", "kustomize", "kustomize-4.5.4", "races", "repositories")
    ]


class _Odd:
    """Breaks in what is drawn as an odd number."""

    def __init__(self, folder: Path) -> None:
        assert folder.is_dir()

    def attempt(self, random: Random, folder: Path) -> str:
        number = random.randrange(10)
        (folder / "left").write_text(str(number))
        if number % 2:
            raise Broken(f"drew {number}")
        return "even"


def test_failures_are_counted_and_told_with_what_was_seen_and_left(tmp_path: Path) -> None:
    told: list[Failure] = []
    tally = run_cases({"odd": _Odd}, 1, lambda _: range(1, 31), tmp_path, told.append)
    counts = tally.counts["odd"]
    assert counts["even"] + counts["FAILED"] == 30
    assert 0 < len(told) == counts["FAILED"] < 30
    assert tally.failures == told
    place = Path(told[0].evidence.rpartition("left in ")[2])
    assert told[0].evidence.startswith(f"drew {(place / 'left').read_text()}")
    assert len(list((tmp_path / "odd").glob("case-*"))) == len(told)
    assert [line.split() for line in table(tally)[1:]] == [
        ["odd", "FAILED", str(len(told))],
        ["odd", "even", str(counts["even"])],
        ["odd", "in", "all", "30"],
    ]


def test_a_case_is_the_same_by_itself_and_another_with_another_seed(tmp_path: Path) -> None:
    def failed(seed: int, cases: list[int]) -> set[int]:
        folder = tmp_path / f"{seed}-{len(cases)}"
        return {one.case for one in run_cases({"odd": _Odd}, seed, lambda _: cases, folder, lambda _: None).failures}

    every = failed(1, list(range(1, 31)))
    first = min(every)
    assert failed(1, [first]) == {first}
    assert failed(2, list(range(1, 31))) != every
