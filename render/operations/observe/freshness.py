"""The observations of a fleet's clusters, each with how old it is and whether it still counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from render.errors import InputError, wrong
from render.finding import Finding
from render.operations.observe.file import read_observation
from render.operations.render.fleet import OpenFleet
from render.plan.observed.observation import Freshness, Observation, freshness
from render.specs.duration import in_words
from render.tree.store.fleet_folder import FleetFolder

# A cluster moves when what serves its pods, or what their namespaces follow, is changed in its tree.
MOVES = ("namespaces", "tags", "revisions")


@dataclass(frozen=True, slots=True)
class DatedObservation:
    """What was seen of a cluster, and how far that counts now; `max_age` in seconds is the fleet's."""

    observation: Observation
    freshness: Freshness
    max_age: int

    @property
    def basis(self) -> str:
        """`observation 3h old`, and why it proves nothing any more where that is so."""
        age = f"observation {in_words(self.freshness.age.total_seconds())} old"
        why = {
            None: "",
            "too-old": f" (too old: more than {in_words(self.max_age)})",
            "before-the-last-move": " (too old: the cluster's tags, namespaces or revisions changed since)",
            "last-move-unknown": " (the history is cut off before the last move: fetch it all, fetch-depth: 0)",
            "from-the-future": " (from the future: is a clock wrong?)",
        }
        return age + why[self.freshness.stale]


def observations_folder(opened: OpenFleet, folder: str | None) -> FleetFolder:
    """Returns where observations lie: the folder given on the command line, or else the fleet's own."""
    return FleetFolder(opened.root, folder if folder is not None else opened.fleet.observation.path)


def load_observations(
    opened: OpenFleet, names: Iterable[str], folder: str | None = None
) -> dict[str, DatedObservation]:
    """Returns the observations of those of the named clusters that have one.

    Asks the clock, and the repository's history where there is an observation. `InputError` with all that are broken,
    and for a folder that was given and is not there.
    """
    where = observations_folder(opened, folder)
    if folder is not None and not where.folder.is_dir():
        raise wrong("MR018", "is no folder of observations: `meshrev observe --observed DIR` writes there", file=folder)
    observations: dict[str, Observation] = {}
    findings: list[Finding] = []
    for name in names if where.folder.is_dir() else ():
        try:
            observation = read_observation(where, name)
        except InputError as error:
            findings += error.findings
            continue
        if observation:
            observations[name] = observation
    if findings:
        raise InputError(findings)
    return _with_date(opened, observations) if observations else {}


def _with_date(opened: OpenFleet, found: dict[str, Observation]) -> dict[str, DatedObservation]:
    from render.git.log import last_changes

    now, seconds = datetime.now(UTC), opened.fleet.observation.max_age
    max_age = timedelta(seconds=seconds)
    young = [name for name, one in found.items() if now - one.at <= max_age]
    moved = last_changes(opened.root, opened.fleet.output, young, MOVES)
    dated = {}
    for name, one in found.items():
        known = name not in moved.unknown
        fresh = freshness(one, now, max_age, moved.at.get(name), history_known=known)
        dated[name] = DatedObservation(one, fresh, seconds)
    return dated
