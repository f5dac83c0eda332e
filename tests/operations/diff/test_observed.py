"""How many pods wait for a restart, by what was observed of their namespace."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from render.errors import InputError
from render.operations.diff.model import ClusterDiff
from render.operations.diff.observed import with_observations
from render.operations.observe.file import write_observation
from render.plan.injection.proxy_moves import NOBODY, UNLABELLED, Injector, Move, Restart
from render.plan.observed.observation import Observation, ObservedNamespace
from render.tree.store.fleet_folder import FleetFolder
from tests.support.builders import fleet_file

OLD, NEW = Injector("prod", "a", "v1.24.2"), Injector("prod", "b", "v1.24.3")
PATCHED = Injector("prod", "a", "v1.24.3")
MIXED = ObservedNamespace(
    labels={}, pods=20, revisions={"a": 5, "b": 3}, proxies={"a": {"1.24.2": 4, "1.24.3": 1}, "b": {"1.24.3": 3}}
)


@pytest.fixture
def fleet(tmp_path: Path) -> Path:
    (tmp_path / "meshrev.yaml").write_text(fleet_file())
    return tmp_path


def observe(fleet: Path, **namespaces: ObservedNamespace) -> None:
    write_observation(
        FleetFolder(fleet, "observed"), Observation("one", datetime.now(UTC).replace(microsecond=0), None, namespaces)
    )


def changed(namespace: str, before: Injector, after: Injector, workload: str = "") -> ClusterDiff:
    moves, restarts = (Move(namespace, workload, before, after),), (Restart(namespace, workload, "revision"),)
    return ClusterDiff("one", "changed", (), moves, restarts)


@pytest.mark.parametrize(
    ("before", "after", "pods"),
    [(OLD, NEW, 5), (OLD, PATCHED, 4), (NOBODY, NEW, 12), (OLD, NOBODY, 5)],
    ids=["another revision", "in place", "injection comes", "injection goes"],
)
def test_pods_are_counted_by_what_they_had(fleet: Path, before: Injector, after: Injector, pods: int) -> None:
    observe(fleet, shop=MIXED)
    (found,) = with_observations(fleet, [changed("shop", before, after)], None)
    assert found.seen
    assert list(found.seen.pods.values()) == [pods]


def test_a_namespace_that_was_not_there_has_no_pods_and_unlabelled_ones_count_together(fleet: Path) -> None:
    injected = ObservedNamespace({"istio-injection": "enabled"}, 9, revisions={"a": 9})
    observe(fleet, shop=MIXED, cart=MIXED, other=injected)
    gone, every = with_observations(fleet, [changed("new", OLD, NEW), changed(UNLABELLED, OLD, NEW)], None)
    assert gone.seen and every.seen
    assert list(gone.seen.pods.values()) == [0]
    assert list(every.seen.pods.values()) == [10]


def test_other_settings_of_a_proxy_cannot_be_counted(fleet: Path) -> None:
    observe(fleet, shop=MIXED)
    (found,) = with_observations(
        fleet, [ClusterDiff("one", "changed", (), (), (Restart("shop", "", "settings"),))], None
    )
    assert found.seen
    assert not found.seen.pods


def test_without_an_observation_or_a_fleet_nothing_is_said(fleet: Path) -> None:
    diff = changed("shop", OLD, NEW)
    assert with_observations(fleet, [diff], None) == [diff]
    (fleet / "meshrev.yaml").unlink()
    assert with_observations(fleet, [diff], None) == [diff]
    with pytest.raises(InputError, match="there is no fleet here"):
        with_observations(fleet, [diff], "elsewhere")
