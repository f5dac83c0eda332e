"""What an observation shows of a wave, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from render.gates.answer import Question
from render.gates.observed import answer
from render.plan.observed.observation import Observation, ObservedNamespace
from render.specs.rollout.kinds import ObservationGate

SINCE = datetime(2026, 11, 30, 9, tzinfo=UTC)
ISTIOD = ObservedNamespace({}, pods=1, references={"new": 1})


def seen(revisions: dict[str, int], *, at: datetime = SINCE + timedelta(minutes=1), istiod: bool = True) -> Observation:
    namespaces = {"shop": ObservedNamespace({}, pods=sum(revisions.values()), revisions=revisions)}
    return Observation("eu", at, None, namespaces | ({"istio-system": ISTIOD} if istiod else {}))


def question(observed: Observation | None, moved: tuple[str, ...] = ("shop",)) -> Question:
    return Question(
        now=SINCE + timedelta(hours=1),
        since=SINCE,
        commit="c",
        clusters={"eu": moved},
        revision="new",
        old=frozenset({"old"}),
        observed={"eu": observed} if observed else {},
    )


@pytest.mark.parametrize(
    ("observed", "verdict", "said"),
    [
        (None, "wait", "no observation since the wave's commit of eu"),
        (seen({"new": 3}, at=SINCE - timedelta(seconds=1)), "wait", "no observation since"),
        (seen({"new": 3}, istiod=False), "wait", "no istiod of new was seen in eu"),
        (seen({"new": 2, "old": 1}), "wait", "2 of 3 pods have the new proxy (others in eu: restart them)"),
        (seen({"new": 3}), "pass", "3 of 3 pods"),
        (seen({"new": 3, "others": 4}), "pass", "3 of 3 pods"),
        (seen({}), "pass", "the revision is there"),
    ],
)
def test_the_gate_waits_until_all_of_the_wave_was_seen_on_the_new_revision(
    observed: Observation | None, verdict: str, said: str
) -> None:
    found = answer(ObservationGate(), question(observed))
    assert found.verdict == verdict
    assert said in found.reason


def test_a_share_is_enough_where_the_gate_says_so() -> None:
    half = question(seen({"new": 9, "old": 1}))
    assert answer(ObservationGate(90), half).verdict == "pass"
    assert answer(ObservationGate(91), half).verdict == "wait"


def test_nothing_is_proved_where_nobody_knows_when_the_wave_came() -> None:
    assert answer(ObservationGate(), replace(question(seen({"new": 3})), since=None)).verdict == "wait"
