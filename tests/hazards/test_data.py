"""Which releases have a hazard, and which moves meet it."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest

from render.errors import InputError
from render.hazards.data import SEVERITIES, Hazard, every_hazard, has_hazard, hazards, meets, read
from render.specs.releases import known_versions, parse

ENTRY = {
    "id": "x",
    "title": "x",
    "severity": "outage",
    "introduced": "1.25.0",
    "applies": "crossing",
    "sign": {"where": "none", "path_or_kind": "x", "when": "x"},
    "effect": "x",
    "avoid": "x",
    "source": "x",
}


def hazard(introduced: str, *fixed: str, applies: Literal["crossing", "starting"] = "crossing") -> Hazard:
    one = read({"terms": {}, "hazards": [ENTRY]}).hazards[0]
    fixes = tuple(parse(version) for version in fixed) or None
    return replace(one, introduced=parse(introduced), fixed=fixes, applies=applies)


def test_a_release_older_than_a_hazard_has_it_not() -> None:
    assert not has_hazard("1.24.6", hazard("1.25.0"))
    assert has_hazard("1.25.0", hazard("1.25.0"))
    assert has_hazard("v1.30.3", hazard("1.25.0"))


def test_1_23_0_stands_for_everything_earlier() -> None:
    assert has_hazard("1.22.8", hazard("1.23.0"))
    assert not has_hazard("1.22.8", hazard("1.23.1"))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.25.0", True),  # a minor before all that got a fix
        ("1.26.2", True),
        ("1.26.3", False),
        ("1.27.9", False),  # a later minor that is not listed
        ("1.28.0", True),  # one that is, before its own patch
        ("1.28.1", False),
        ("1.29.0", False),
    ],
)
def test_a_fix_counts_for_its_minor_and_all_that_are_later_and_not_listed(version: str, expected: bool) -> None:
    assert has_hazard(version, hazard("1.23.0", "1.26.3", "1.28.1")) is expected


def test_patches_are_ordered_as_numbers() -> None:
    assert not has_hazard("1.28.10", hazard("1.23.0", "1.28.9"))


@pytest.mark.parametrize(
    ("start", "target", "crossing", "starting"),
    [
        ("1.24.0", "1.25.0", "comes with", "comes with"),
        ("1.25.0", "1.26.0", None, "leaves"),
        ("1.25.0", "1.25.1", None, "stays with"),
        ("1.24.0", "1.26.0", None, None),  # jumps over it
        ("1.26.0", "1.25.1", "comes with", "comes with"),  # a way back loses the fix
        ("1.24.0", "1.24.1", None, None),
    ],
)
def test_a_move_meets_a_crossing_hazard_at_its_target_and_a_starting_one_at_either_end(
    start: str, target: str, crossing: str | None, starting: str | None
) -> None:
    assert meets(start, target, hazard("1.25.0", "1.26.0")) == crossing
    assert meets(start, target, hazard("1.25.0", "1.26.0", applies="starting")) == starting


def test_the_hazards_of_a_move_come_with_the_worst_severity_first() -> None:
    found = hazards("v1.23.4", "1.24.1")
    places = [SEVERITIES.index(one.severity) for one in found]
    assert places == sorted(places)
    assert {"cni-less-privileged", "compat-1-20-dropped", "jwks-known-key"} <= {one.id for one in found}
    assert {"gateway-hostname-panic", "gatewayclass-features-decode"}.isdisjoint(one.id for one in found)


def test_what_is_no_release_is_refused() -> None:
    with pytest.raises(InputError, match=r"1\.24 is not a release"):
        hazards("1.24", "1.25.0")


def test_every_hazard_has_an_id_of_its_own_and_is_met_by_a_move_between_known_releases() -> None:
    every = every_hazard()
    assert len({one.id for one in every}) == len(every) == 252
    releases = ("v1.32.0", *known_versions(aliases=False))  # what is known of 1.32 is data before the release is
    for one in every:
        assert one.effect and one.avoid and one.source, one.id
        has = {version: has_hazard(version, one) for version in releases}
        assert any(has.values()), one.id
        if one.applies == "crossing":
            assert not has[releases[-1]], f"{one.id} is older than every release, so no move crosses it"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"detect": [{"iff": "x"}]}, "a look has no iff"),
        ({"detect": [{"if": "not-a-term"}]}, "there is no term not-a-term"),
        ({"detect": [{"if": {"path": "object.x"}}]}, "needs one operator"),
        ({"detect": [{"if": {"path": "object.x", "equal": 1}}]}, "needs one operator"),
        ({"detect": [{"if": {"path": "object.x[", "equals": 1}}]}, "cannot be read"),
        ({"detect": [{"if": {"path": "object.x", "below": "new"}}]}, "is not an argument"),
        ({"seen": "x"}, "unknown field seen"),
    ],
)
def test_a_mistake_in_the_data_names_the_hazard(wrong: dict[str, object], message: str) -> None:
    with pytest.raises(ValueError, match=message) as error:
        read({"terms": {}, "hazards": [{**ENTRY, **wrong}]})
    assert str(error.value).startswith("x: ")
