"""Random rollouts, walked to their end: no wave goes before its gates, and what fails is taken back."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from render.kustomize.resource import Resource
from render.operations.rollout.progress import RolloutProgress, WaveCluster, WaveProgress
from render.operations.rollout.simulate import CalendarEntry, GateName, GateScript, simulate
from render.specs.rollout.kinds import (
    Approval,
    Choice,
    Gate,
    Health,
    ObservationGate,
    OnFailure,
    RevisionRollout,
    Soak,
    Wave,
)
from render.yamlio.location import Place

START = datetime(2026, 12, 1, 9, tzinfo=UTC)
CLUSTERS = ("a", "b", "c", "d")
GATES: tuple[Gate, ...] = (Soak(3600), ObservationGate(), Health(), Approval())


@st.composite
def progresses(draw: st.DrawFn) -> RolloutProgress:
    """A rollout before it begins, with waves of some clusters; each namespace is in one wave of its cluster."""
    count = draw(st.integers(1, 4))
    waves = []
    tagged: set[str] = set()  # clusters whose tags an earlier wave moves
    for number in range(count):
        names = sorted(draw(st.sets(st.sampled_from(CLUSTERS))))
        whole = draw(st.booleans())
        clusters = tuple(
            WaveCluster(
                name=name,
                introduced=False,
                waiting=tuple(f"n{number}{one}" for one in range(draw(st.integers(0, 2)))),
                tags=("default",) if whole and name not in tagged else (),
                relabelled=(f"n{number}0",) if not whole else (),
            )
            for name in names
        )
        tagged |= set(names) if whole else set()
        gates = tuple(draw(st.lists(st.sampled_from(GATES), max_size=3, unique=True)))
        wave = Wave(f"w{number}", None, None if whole else Choice({}), gates)
        waves.append(WaveProgress(wave, clusters))
    policy: OnFailure = draw(st.sampled_from(["pause", "rollback", "rollbackAll"]))
    most = draw(st.sampled_from([None, 1, 2, "50%"]))
    ready = tuple(draw(st.lists(st.sampled_from(GATES), max_size=1)))
    resource = Resource({"metadata": {"name": "r"}}, Place("rollouts/r.yaml", 0))
    rollout = RevisionRollout(
        "r", "default", "v1.31.4", tuple(one.wave for one in waves), ready, most, policy, (), "", (), resource
    )
    return RolloutProgress(rollout, "new", tuple(waves), ("old",))


SCRIPTS = st.dictionaries(
    st.builds(GateName, st.sampled_from(["w0", "w1", "w2", "w3"]), st.sampled_from(["observed", "health"])),
    st.builds(GateScript, st.integers(0, 90_000), st.booleans()),
    max_size=4,
)


def moves(calendar: list[CalendarEntry]) -> list[tuple[str, str]]:
    """The clusters of waves in the order in which they moved."""
    steps = [one.decision.step for one in calendar if one.decision.step and one.decision.step.kind == "move"]
    return [(step.wave, name) for step in steps for name in step.clusters]


@given(found=progresses(), scripts=SCRIPTS)
def test_a_walk_ends_and_moves_everything_once_or_stops_for_a_reason(
    found: RolloutProgress, scripts: dict[GateName, GateScript]
) -> None:
    calendar = list(simulate(found, START, scripts))
    assert calendar[-1].decision.outcome in ("done", "paused")
    moved = moves(calendar)
    assert len(moved) == len(set(moved))
    if calendar[-1].decision.outcome == "done":
        every = {(w.wave.name, one.name) for w in found.waves for one in w.clusters if one.waiting or one.tags}
        assert set(moved) == every


@given(found=progresses(), scripts=SCRIPTS)
def test_waves_move_in_their_order_and_never_before_the_revision_is_there(
    found: RolloutProgress, scripts: dict[GateName, GateScript]
) -> None:
    there: set[str] = set()
    order = []
    for entry in simulate(found, START, scripts):
        step = entry.decision.step
        if step and step.kind == "introduce":
            there.update(step.clusters)
        if step and step.kind == "move":
            assert there.issuperset(step.clusters)
            order.append(int(step.wave[1:]))
    assert order == sorted(order)


@given(found=progresses(), scripts=SCRIPTS)
def test_no_wave_begins_before_the_gates_of_the_one_before_have_waited(
    found: RolloutProgress, scripts: dict[GateName, GateScript]
) -> None:
    last: dict[str, datetime] = {}
    for entry in simulate(found, START, scripts):
        step = entry.decision.step
        if step is None or step.kind not in ("introduce", "move"):
            continue
        if step.kind == "move":
            last[step.wave] = entry.at
        number = int(step.wave[1:])
        before = next((w for w in reversed(found.waves[:number]) if w.clusters), None)
        if before is None or before.wave.name not in last:
            continue
        gone = (entry.at - last[before.wave.name]).total_seconds()
        for gate in before.wave.gates:
            script = scripts.get(GateName(before.wave.name, gate.type), GateScript())
            assert gone >= (3600 if isinstance(gate, Soak) else script.wait)
            assert not script.fails or gate.type not in ("observed", "health")


@given(found=progresses(), scripts=SCRIPTS)
def test_so_many_clusters_of_a_wave_at_once(found: RolloutProgress, scripts: dict[GateName, GateScript]) -> None:
    most = found.rollout.max_unavailable
    if most is None:
        return
    for entry in simulate(found, START, scripts):
        step = entry.decision.step
        if step and step.kind == "move":
            number = most if isinstance(most, int) else -(-len(found.wave(step.wave).clusters) // 2)
            assert len(step.clusters) <= max(number, 1)


@given(found=progresses(), scripts=SCRIPTS)
def test_a_gate_that_fails_ends_the_walk_and_takes_back_where_that_was_asked(
    found: RolloutProgress, scripts: dict[GateName, GateScript]
) -> None:
    calendar = list(simulate(found, START, scripts))
    kinds = [one.decision.step.kind for one in calendar if one.decision.step]
    failed = [kind for kind in kinds if kind in ("rollback", "pause")]
    assert len(failed) <= 1
    assert bool(failed) == (calendar[-1].decision.outcome == "paused")
    if found.rollout.on_failure == "pause":
        assert "rollback" not in kinds
    if failed:
        assert kinds[-1] == failed[0]
        assert "complete" not in kinds
