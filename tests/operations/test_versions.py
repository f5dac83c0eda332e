"""The list of releases as data, with no clock behind it."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from render.cli.versions import as_json
from render.errors import InputError
from render.operations.versions import versions
from render.specs import releases
from tests.support.fleets.mesh import member, write_mesh


def minor(name: str, today: str | None = None) -> dict[str, Any]:
    (found,) = [entry for entry in as_json(versions(today))["minors"] if entry["minor"] == name]
    return dict(found)


def test_every_release_that_a_spec_may_name_is_listed_newest_first() -> None:
    listed = [name for entry in as_json(versions())["minors"] for name in (entry["alias"], *entry["releases"])]
    assert listed == list(releases.known_versions())


def test_a_minor_has_its_alias_its_window_and_its_kubernetes_range() -> None:
    assert minor("1.24") == {
        "minor": "1.24",
        "alias": "v1.24-latest",
        "latest": "v1.24.6",
        "releases": [f"v1.24.{patch}" for patch in (6, 5, 4, 3, 2, 1, 0)],
        "checked": "v1.24.6",
        "released": "2024-11-07",
        "ended": "2025-06-24",
        "kubernetes": {"oldest": "1.28", "newest": "1.31"},
        "supported": None,
    }


def test_a_minor_names_the_last_release_whose_charts_were_compared() -> None:
    assert [minor(name)["checked"] for name in ("1.28", "1.30", "1.31")] == ["v1.28.10", "v1.30.3", "v1.31.0-rc.0"]


@pytest.mark.parametrize(
    ("name", "day", "supported"),
    [
        ("1.24", "2024-11-06", False),
        ("1.24", "2024-11-07", True),
        ("1.24", "2025-06-23", True),
        ("1.24", "2025-06-24", False),
        ("1.30", "2026-05-14", True),
        ("1.30", "2099-01-01", True),
    ],
)
def test_a_minor_is_supported_from_its_release_until_support_ended(name: str, day: str, supported: bool) -> None:
    assert minor(name, day)["supported"] is supported


def test_without_a_day_nothing_is_said_of_today() -> None:
    found = as_json(versions())
    assert found["today"] is None
    assert {entry["supported"] for entry in found["minors"]} == {None}


def test_istio_supports_two_or_three_minors_at_a_time() -> None:
    """As its releases page has it; a mistyped day in the data would show here."""
    day = date(2025, 4, 16)
    while day < date(2026, 7, 1):
        supported = [entry["minor"] for entry in as_json(versions(day.isoformat()))["minors"] if entry["supported"]]
        assert 2 <= len(supported) <= 4, f"{day}: {supported}"
        day += timedelta(days=7)


@pytest.mark.parametrize("day", ["today", "2026-8-1", "2026-02-30", "20260822", "2026-08-22T00:00:00", ""])
def test_what_is_not_a_day_is_refused(day: str) -> None:
    with pytest.raises(InputError, match=r"--today: .* is not a day: write it as 2026-08-22"):
        versions(day)


def test_in_a_fleet_each_cluster_that_says_its_kubernetes_has_the_releases_that_support_it(tmp_path: Path) -> None:
    write_mesh(
        tmp_path,
        one=member(kubernetesVersion='"1.31"'),
        two=member(kubernetes="{version: v1.36.1-gke.7}"),
        three=member(),
    )
    found = as_json(versions(root=tmp_path))["clusters"]
    assert {one["name"]: one["kubernetes"] for one in found} == {"one": "v1.31.0", "two": "v1.36.1-gke.7"}
    supported = {one["name"]: one["supportedBy"] for one in found}
    assert "1.30" in supported["two"] and "1.28" not in supported["two"]
    assert "1.28" in supported["one"] and "1.30" not in supported["one"]
