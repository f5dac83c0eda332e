"""Where a fleet keeps observations, and how it says for how long they count."""

from __future__ import annotations

from typing import Any

import pytest

from render.kustomize.resource import Resource
from render.specs.check import CheckedObject, check
from render.specs.duration import in_words, seconds
from render.specs.kinds import Observations
from render.yamlio.location import Place


def fleet(**spec: Any) -> CheckedObject:
    data = {"apiVersion": "meshrev.io/v1alpha1", "kind": "Fleet", "metadata": {"name": "f"}, "spec": spec}
    return check(Resource(data, Place("meshrev.yaml")))


def test_observations_lie_in_a_folder_of_their_own_and_count_for_a_day() -> None:
    assert fleet().spec.observation == Observations("observed", 24 * 3600)
    said = fleet(observation={"path": "seen/", "maxAge": "1h30m"}).spec
    assert said.observation == Observations("seen", 5400)


@pytest.mark.parametrize(("text", "length"), [("45s", 45), ("1h30m", 5400), ("7d", 604800), ("1d12h", 129600)])
def test_a_duration_adds_up_its_parts(text: str, length: int) -> None:
    assert fleet(observation={"maxAge": text}).problems == ()
    assert seconds(text) == length


@pytest.mark.parametrize("text", ["", "24", "h", "1.5h", "30m1h", "-1h", "1w", "24h "])
def test_what_is_no_duration_is_refused(text: str) -> None:
    (problem,) = fleet(observation={"maxAge": text}).problems
    assert problem.path == ("spec", "observation", "maxAge")


@pytest.mark.parametrize("path", ["rendered", "rendered/observed"])
def test_observations_do_not_lie_in_the_output(path: str) -> None:
    (problem,) = fleet(observation={"path": path}).problems
    assert "lies in the output folder" in problem.message


@pytest.mark.parametrize(
    ("length", "words"), [(0, "0s"), (119, "119s"), (120, "2m"), (7199, "119m"), (3 * 3600, "3h"), (49 * 3600, "2d")]
)
def test_an_age_is_told_in_its_largest_whole_unit(length: float, words: str) -> None:
    assert in_words(length) == words
