"""Runs programs that look for faults, case by case: each case is made from the seed, the program's name and its number
alone, so that any of them can be done again by itself."""

from __future__ import annotations

import shutil
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Protocol


class Broken(Exception):
    """What must not be, in the words of a report."""


class Program(Protocol):
    """One kind of fault. What all its cases begin with it makes once, in a folder that it is given when it is made."""

    def attempt(self, random: Random, folder: Path) -> str:
        """Do one case in an empty folder. Returns its outcome, one of a few words that are counted; raises `Broken`."""
        ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A case that found a fault, and what it saw."""

    program: str
    case: int
    evidence: str


@dataclass(slots=True)
class Tally:
    """What came of the cases: how many had each outcome, by program, and those that failed."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)
    failures: list[Failure] = field(default_factory=list)


def run_cases(
    programs: Mapping[str, Callable[[Path], Program]],
    seed: int,
    cases: Callable[[str], Iterable[int]],
    folder: Path,
    told: Callable[[Failure], None],
) -> Tally:
    """Run cases of each program; `cases` says which, by the program's name, and `told` hears of each failure at once.

    What a failed case left stays in its folder.
    """
    tally = Tally()
    for name, make in programs.items():
        common = folder / name / "common"
        common.mkdir(parents=True)
        program, counts = make(common), tally.counts.setdefault(name, Counter())
        for case in cases(name):
            outcome, evidence = _outcome(program, Random(f"{seed}/{name}/{case}"), folder / name, case)
            counts[outcome] += 1
            if evidence:
                tally.failures.append(Failure(name, case, evidence))
                told(tally.failures[-1])
    return tally


def _outcome(program: Program, random: Random, folder: Path, case: int) -> tuple[str, str]:
    """The outcome of a case, and where it failed what was seen."""
    place = Path(tempfile.mkdtemp(prefix=f"case-{case}-", dir=folder))
    try:
        outcome = program.attempt(random, place)
    except Broken as broken:
        return "FAILED", f"{broken}\nleft in {place}"
    except Exception:  # a fault of the campaign itself is one that nobody may pass over
        return "FAILED", f"{traceback.format_exc()}\nleft in {place}"
    shutil.rmtree(place)
    return outcome, ""


def until(minutes: float) -> Callable[[str], Iterable[int]]:
    """Returns the cases of a program, numbered from 1, for so many minutes from its first one on."""

    def numbers(_program: str) -> Iterable[int]:
        number, end = 0, time.monotonic() + minutes * 60
        while time.monotonic() < end:
            number += 1
            yield number

    return numbers


def table(tally: Tally) -> list[str]:
    """Returns the counts, a line for each outcome of each program."""
    rows = [("PROGRAM", "OUTCOME", "CASES")]
    rows += [
        (name, outcome, str(number))
        for name, counts in tally.counts.items()
        for outcome, number in [*sorted(counts.items()), ("in all", counts.total())]
    ]
    first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
    return [f"{name:{first}}   {outcome:{second}}   {number}" for name, outcome, number in rows]
