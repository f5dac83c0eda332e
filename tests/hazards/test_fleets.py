"""Every hazard that files can show is found in a fleet that has it, and only there."""

from __future__ import annotations

from dataclasses import replace

import pytest

from render.hazards.data import every_hazard, meets
from render.hazards.detect import detect
from tests.support.fleets.hazard_fleets import FOLDER, dangers, fleets, places

DETECTABLE = [hazard.id for hazard in every_hazard() if hazard.looks]


@pytest.mark.parametrize("hazard", DETECTABLE)
def test_a_hazard_is_found_where_a_fleet_has_it(hazard: str) -> None:
    having, _, expected = fleets(hazard)
    assert places(having.detected(), hazard) == sorted(expected)


def test_every_look_of_a_hazard_finds_something_where_a_fleet_has_it() -> None:
    for hazard in every_hazard():
        if len(hazard.looks) > 1:
            known = fleets(hazard.id)[0].facts()
            for look in hazard.looks:
                alone = replace(hazard, looks=(look,))
                assert any(detect([alone], one) for one in known), f"{hazard.id}: {look}"


@pytest.mark.parametrize("hazard", DETECTABLE)
def test_a_hazard_is_not_found_where_a_fleet_has_it_not(hazard: str) -> None:
    _, free, _ = fleets(hazard)
    assert places(free.detected(), hazard) == []


def test_a_fleet_without_a_hazard_makes_a_move_that_could_meet_it() -> None:
    """But for hazards of a version alone, for which the move is what differs."""
    for hazard in every_hazard():
        if hazard.looks and not hazard.is_of_version_alone:
            _, free, _ = fleets(hazard.id)
            assert meets(free.start, free.target, hazard), hazard.id


def test_every_outage_and_security_hazard_is_detected_or_says_why_files_cannot_show_it() -> None:
    for hazard in dangers(every_hazard()):
        assert bool(hazard.looks) != bool(hazard.unseen), hazard.id


def test_every_file_of_fleets_is_of_a_hazard_that_is_detected() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(DETECTABLE)
