"""A rollout from the outside: each run does one step, waits, or takes back; nothing is stored but specs."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.support.builders import document, istio, namespace, node_agent, tag
from tests.support.fleet_repo import FleetRepo, fleet_repo

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
SPECS = (
    istio()
    + tag("default")
    + namespace("shop", "istio-injection: enabled", "tier: internal")
    + namespace("cart", "istio-injection: enabled")
    + namespace("pinned", f"istio.io/rev: {OLD}")
)
CANARY = "{name: canary, clusters: {names: [lab]}, gates: [{health: {}}]}"
INTERNAL = "{name: internal, namespaces: {matchLabels: {tier: internal}}}"


def rollout(*waves: str, name: str = "upgrade", **spec: str) -> str:
    fields = {"istio": "default", "version": "v1.24.3", "ready": "[]", "waves": f"[{', '.join(waves)}]"} | spec
    return document(
        "meshrev.io/v1alpha1", "RevisionRollout", name, spec=f"{{{', '.join(f'{k}: {v}' for k, v in fields.items())}}}"
    )


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    repo = fleet_repo(tmp_path_factory.mktemp("fleet"))
    for name in ("lab", "eu", "us"):
        repo.cluster(name, SPECS)
    repo.write("rollouts/upgrade.yaml", rollout(CANARY, INTERNAL, "{name: everyone}", onFailure="rollback"))
    repo.meshrev("render")
    repo.commit("A fleet")
    return repo


def healthy(fleet: FleetRepo, *clusters: str, health: str = "Healthy") -> None:
    """Writes what Argo CD would say of these clusters a minute from now."""
    at = f"{datetime.now(UTC) + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    for cluster in clusters:
        status = {"health": {"status": health}, "sync": {"status": "Synced"}, "reconciledAt": at}
        application = {"kind": "Application", "metadata": {"name": f"mesh-{cluster}"}, "status": status}
        fleet.write(f"health/{cluster}.json", json.dumps({"items": [application]}))


def advance(fleet: FleetRepo, *options: str) -> str:
    return fleet.meshrev("rollout", "advance", *options).out


def walk(fleet: FleetRepo, most: int = 20) -> list[str]:
    """Advances until nothing more happens; the first line of each run."""
    lines = []
    for _ in range(most):
        lines.append(advance(fleet).splitlines()[0])
        if lines[-1].startswith("upgrade: "):
            return lines
    raise AssertionError(lines)


def served(fleet: FleetRepo, cluster: str) -> dict[str, str]:
    found = fleet.meshrev("status", "--cluster", cluster, "--output", "json").json["clusters"][0]
    return {one["name"]: one["revision"] for one in found["namespaces"]}


def test_each_run_does_one_step_and_the_last_one_leaves_the_labels_as_people_wrote_them(fleet: FleetRepo) -> None:
    before = (fleet.root / "overlays/eu/specs.yaml").read_text()
    healthy(fleet, "lab", "eu", "us")
    lines = [line.partition(" (")[0] for line in walk(fleet)]
    assert lines == [
        "Rollout upgrade: bring the revision in for wave canary, in lab",
        "Rollout upgrade: move wave canary, in lab",
        "Rollout upgrade: bring the revision in for wave internal, in 2 clusters",
        "Rollout upgrade: move wave internal, in 2 clusters",
        "Rollout upgrade: move wave everyone, in 2 clusters",
        "Rollout upgrade: give namespaces of wave internal back the label that people wrote, in 2 clusters",
        "Rollout upgrade: complete the rollout",
        f"upgrade: done: all is on {NEW}",
    ]
    expected = before.replace("v1.24.2", "v1.24.3").replace(OLD, NEW)
    assert (fleet.root / "overlays/eu/specs.yaml").read_text() == expected
    assert set(served(fleet, "eu").values()) == {NEW}
    fleet.meshrev("check")


def test_a_namespace_that_followed_a_tag_remembers_it_until_the_tag_has_moved(fleet: FleetRepo) -> None:
    healthy(fleet, "lab", "eu", "us")
    for _ in range(4):
        advance(fleet)
    specs = (fleet.root / "overlays/eu/specs.yaml").read_text()
    assert "meshrev.io/follows: istio-injection=enabled" in specs
    assert served(fleet, "eu") == {"shop": NEW, "cart": OLD, "pinned": OLD}


def test_a_wave_waits_for_the_gate_of_the_one_before_and_nothing_is_written(fleet: FleetRepo) -> None:
    advance(fleet)
    advance(fleet)
    head = fleet.git("rev-parse", "HEAD")
    assert advance(fleet) == "upgrade: waiting for wave canary: health: lab: no file health/lab.json\n"
    assert fleet.git("rev-parse", "HEAD") == head
    assert fleet.git("status", "--porcelain") == ""


def test_a_gate_that_fails_takes_the_wave_back_and_the_rollout_stays_paused(fleet: FleetRepo) -> None:
    before = served(fleet, "lab")
    advance(fleet)
    advance(fleet)
    assert served(fleet, "lab")["shop"] == NEW
    healthy(fleet, "lab", health="Degraded")
    out = advance(fleet)
    assert "upgrade: a gate failed, health: lab: Application mesh-lab is Degraded" in out
    assert served(fleet, "lab") == before
    assert "paused: " in (fleet.root / "rollouts/upgrade.yaml").read_text()
    assert "health: lab: Application mesh-lab is Degraded" in fleet.git("log", "-1", "--format=%B")
    healthy(fleet, "lab")
    assert advance(fleet).startswith("upgrade: paused: wave canary taken back on ")
    fleet.meshrev("check")


def test_a_paused_rollout_goes_on_once_somebody_takes_paused_out(fleet: FleetRepo) -> None:
    advance(fleet)
    advance(fleet)
    healthy(fleet, "lab", health="Degraded")
    advance(fleet)
    healthy(fleet, "lab", "eu", "us")
    fleet.write("rollouts/upgrade.yaml", rollout(CANARY, "{name: everyone}"))
    fleet.commit("Go on")
    assert walk(fleet)[0].startswith("Rollout upgrade: move wave canary, in lab")
    assert set(served(fleet, "us").values()) == {NEW}


def test_on_failure_pause_moves_nothing(fleet: FleetRepo) -> None:
    fleet.write("rollouts/upgrade.yaml", rollout(CANARY, "{name: everyone}", onFailure="pause"))
    fleet.commit("Pause instead")
    advance(fleet)
    advance(fleet)
    healthy(fleet, "lab", health="Degraded")
    advance(fleet)
    assert served(fleet, "lab")["shop"] == NEW
    assert advance(fleet).startswith("upgrade: paused: wave canary failed on ")


def test_a_squash_that_lost_the_trailers_loses_no_progress_and_a_failure_says_what_to_do(fleet: FleetRepo) -> None:
    base = fleet.git("rev-parse", "HEAD").strip()
    advance(fleet)
    advance(fleet)
    fleet.git("reset", "-q", "--soft", base)
    fleet.commit("Squashed, with a title alone")
    assert advance(fleet).startswith("upgrade: waiting for wave canary: health")
    healthy(fleet, "lab", health="Degraded")
    said = fleet.meshrev("rollout", "advance", code=2).err
    assert "no commit of it is in the history with its trailers: `meshrev rollback --to COMMIT`" in said


def test_a_skipped_cluster_is_left_out_until_its_day_and_then_taken_up(fleet: FleetRepo) -> None:
    healthy(fleet, "lab", "eu", "us")
    day = f"{datetime.now(UTC) + timedelta(days=3):%Y-%m-%d}"
    fleet.meshrev("rollout", "skip", "us", "--until", day, "--reason", "nodes are replaced")
    assert walk(fleet)[-1] == "upgrade: waiting for all is moved but what is skipped: us"
    assert set(served(fleet, "us").values()) == {OLD}
    fleet.meshrev("rollout", "skip", "us", "--take-up")
    assert walk(fleet)[-1] == f"upgrade: done: all is on {NEW}"
    assert set(served(fleet, "us").values()) == {NEW}


def test_so_many_clusters_at_once_and_the_next_when_these_are_well(fleet: FleetRepo) -> None:
    waves = "{name: everyone, gates: [{health: {}}]}"
    fleet.write("rollouts/upgrade.yaml", rollout(waves, maxUnavailable="1"))
    fleet.commit("One at a time")
    assert "in 3 clusters" in advance(fleet)
    assert "move wave everyone, in eu" in advance(fleet)
    assert advance(fleet).startswith("upgrade: waiting for eu first (health: eu: no file")
    healthy(fleet, "eu")
    assert "move wave everyone, in lab" in advance(fleet)


def test_a_freeze_holds_every_wave_up_but_not_what_is_taken_back(fleet: FleetRepo) -> None:
    advance(fleet)
    advance(fleet)
    now = datetime.now(UTC)
    freeze = f"[{{from: '{now - timedelta(days=1):%Y-%m-%dT%H:%MZ}', to: '{now + timedelta(days=1):%Y-%m-%dT%H:%MZ}'}}]"
    fleet.write("rollouts/upgrade.yaml", rollout(CANARY, "{name: everyone}", freezes=freeze, onFailure="rollback"))
    fleet.commit("Freeze")
    healthy(fleet, "lab", "eu", "us")
    assert advance(fleet).startswith("upgrade: waiting for frozen until ")
    healthy(fleet, "lab", health="Degraded")
    assert "take wave canary back" in advance(fleet)


def test_two_that_advance_at_once_do_one_step_together(fleet: FleetRepo, tmp_path: Path) -> None:
    origin = tmp_path / "origin.git"
    fleet.git("clone", "-q", "--bare", str(fleet.root), str(origin))
    fleet.git("remote", "add", "origin", str(origin))
    fleet.git("fetch", "-q", "origin")
    fleet.git("branch", "-q", "--set-upstream-to=origin/main", "main")
    other = FleetRepo(tmp_path / "other")
    fleet.git("clone", "-q", "-c", "user.name=Bob", "-c", "user.email=b@example.com", str(origin), str(other.root))
    assert "bring the revision in for wave canary" in advance(fleet, "--push")
    assert "move wave canary" in advance(other, "--push")
    assert "waiting for wave canary" in advance(fleet, "--push")
    assert other.git("rev-list", "--count", "HEAD").strip() == "1"  # its own branch is left alone


def test_a_dry_run_shows_the_step_and_does_none(fleet: FleetRepo) -> None:
    head = fleet.git("rev-parse", "HEAD")
    out = advance(fleet, "--dry-run")
    assert "Meshrev-Wave: upgrade/canary" in out
    assert "would render lab:" in out
    assert fleet.git("rev-parse", "HEAD") == head


def test_an_edit_that_would_move_pods_in_a_step_that_moves_none_is_refused(fleet: FleetRepo) -> None:
    healthy(fleet, "lab", "eu", "us")
    for _ in range(5):
        advance(fleet)
    specs = (fleet.root / "overlays/eu/specs.yaml").read_text()
    moved = specs.replace("kind: Istio, name: default}", f"kind: IstioRevision, name: {OLD}}}")
    assert moved != specs
    fleet.write("overlays/eu/specs.yaml", moved)
    fleet.meshrev("render")
    fleet.commit("Somebody takes the tag back by hand")
    out = advance(fleet)
    assert "move wave everyone, in eu" in out  # and its namespaces are not given back to that tag
    assert served(fleet, "eu")["shop"] == NEW


def test_status_and_plan_say_where_it_stands_and_what_is_left(fleet: FleetRepo) -> None:
    advance(fleet)
    found = fleet.meshrev("rollout", "status", "--output", "json").json
    assert [(wave["name"], wave["state"]) for wave in found["waves"]] == [
        ("canary", "introduced"),
        ("internal", "waiting"),
        ("everyone", "waiting"),
    ]
    assert found["next"]["step"] == {"kind": "move", "wave": "canary", "clusters": ["lab"]}
    plan = fleet.meshrev("rollout", "plan").out.splitlines()
    assert plan[0] == "1. move wave canary, in lab: 1 tag, 3 namespaces"
    assert plan[-1] == f"then, once nothing uses it any more: meshrev retire {OLD}"


def test_a_plan_names_the_steps_that_are_then_done(fleet: FleetRepo) -> None:
    healthy(fleet, "lab", "eu", "us")
    steps = fleet.meshrev("rollout", "plan", "--output", "json").json["steps"]
    planned = [(one["step"]["kind"], one["step"]["wave"], tuple(one["step"]["clusters"])) for one in steps]
    done = []
    for _ in planned:
        step = fleet.meshrev("rollout", "advance", "--output", "json").json["next"]["step"]
        done.append((step["kind"], step["wave"], tuple(step["clusters"])))
    assert done == planned


def test_a_new_rollout_is_one_that_advances(fleet: FleetRepo) -> None:
    (fleet.root / "rollouts/upgrade.yaml").unlink()
    fleet.meshrev("rollout", "new", "--version", "1.25", "--name", "next")
    fleet.commit("A rollout")
    assert "bring the revision in for wave canary, in eu" in advance(fleet)
    fleet.meshrev("rollout", "new", "--version", "1.25", "--name", "next", code=2)


def test_a_calendar_has_the_soaks_and_the_answers_of_a_file(fleet: FleetRepo) -> None:
    fleet.write(
        "rollouts/upgrade.yaml",
        rollout(CANARY.replace("{health: {}}", "{health: {}}, {soak: 24h}"), "{name: everyone}"),
    )
    fleet.commit("With a soak")
    call = ("rollout", "simulate", "--from", "2026-12-01T09:00", "--output", "json")
    calendar = fleet.meshrev(*call).json["calendar"]
    assert [(one["at"], one["outcome"]) for one in calendar] == [
        ("2026-12-01T09:00:00Z", "step"),
        ("2026-12-01T09:05:00Z", "step"),
        ("2026-12-02T09:05:00Z", "step"),
        ("2026-12-02T09:10:00Z", "step"),
        ("2026-12-02T09:15:00Z", "step"),
        ("2026-12-02T09:20:00Z", "done"),
    ]
    fleet.write("answers.yaml", "canary: {health: fail}\n")
    calendar = fleet.meshrev(*call, "--answers", str(fleet.root / "answers.yaml")).json["calendar"]
    assert [one["step"]["kind"] for one in calendar if one["step"]] == ["introduce", "move", "pause"]


@pytest.mark.parametrize(
    ("waves", "spec", "said"),
    [
        (
            ("{name: a, gates: [{soak: 1h, window: {from: '09:00', to: '17:00'}}]}",),
            {},
            ":5:79: RevisionRollout/upgrade: spec.waves[0].gates[0]: a gate has one field",
        ),
        (("{name: a, gates: [{window: {from: '09:00', to: '17:00', timeZone: Europe/Berln}}]}",), {}, "did you mean"),
        (("{name: a}", "{name: a}"), {}, "there is a wave a before this one"),
        (("{name: a, gates: [{prometheus: {query: up, url: 'https://p.example.com'}}]}",), {}, "either below or above"),
        (("{name: a, gates: [{prometheus: {query: up, below: 1}}]}",), {}, "which server is asked"),
        (("{name: a, clusters: {names: [nowhere]}}",), {}, "no cluster nowhere has an Istio default"),
        (("{name: a}",), {"istio": "other"}, "no cluster has an Istio other"),
        (("{name: a}",), {"freezes": "[{from: '2026-02-30T00:00Z', to: '2026-03-01T00:00Z'}]"}, "the calendar"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(
    fleet: FleetRepo, waves: tuple[str, ...], spec: dict[str, str], said: str
) -> None:
    fleet.write("rollouts/upgrade.yaml", rollout(*waves, **spec))
    fleet.commit("A mistake")
    err = fleet.meshrev("rollout", "status", code=2).err
    assert said in err
    assert "rollouts/upgrade.yaml" in err


def test_a_rollout_in_an_overlay_is_told_where_it_belongs(fleet: FleetRepo) -> None:
    fleet.cluster("eu", SPECS + rollout("{name: a}"))
    assert "a RevisionRollout belongs in the folder rollouts/" in fleet.meshrev("render", code=2).err


def with_gateways(fleet: FleetRepo, *waves: str) -> None:
    for name in ("lab", "eu", "us"):
        gateways = "".join(
            document("meshrev.io/v1alpha1", "MeshGateway", gateway, spec=f"{{follows: {follows}, namespace: gates}}")
            for gateway, follows in (("ingress", OLD), ("egress", OLD), ("tagged", "default"))
        )
        fleet.cluster(name, SPECS + gateways + namespace("gates"))
    fleet.write("rollouts/upgrade.yaml", rollout(*waves))
    fleet.meshrev("render")
    fleet.commit("With gateways")


def test_gateways_move_in_a_wave_of_their_own_and_the_rest_with_the_last(fleet: FleetRepo) -> None:
    with_gateways(fleet, INTERNAL, "{name: gates, gateways: [ingress]}", "{name: everyone}")
    plan = fleet.meshrev("rollout", "plan").out.splitlines()
    assert plan[1:4] == [
        "2. move wave internal, in 3 clusters: 3 namespaces",
        "3. move wave gates, in 3 clusters: 3 gateways",
        "4. move wave everyone, in 3 clusters: 3 tags, 3 gateways, 6 namespaces",
    ]
    for _ in range(3):
        advance(fleet)
    specs = (fleet.root / "overlays/eu/specs.yaml").read_text()
    assert specs.count(f"follows: {NEW}") == 1
    assert served(fleet, "eu")["cart"] == OLD
    assert walk(fleet)[-1] == f"upgrade: done: all is on {NEW}"
    specs = (fleet.root / "overlays/eu/specs.yaml").read_text()
    assert specs.count(f"follows: {NEW}") == 2
    assert specs.count("follows: default,") == 1


def test_a_gateway_that_follows_a_tag_has_no_wave_of_its_own(fleet: FleetRepo) -> None:
    with_gateways(fleet, "{name: gates, gateways: [tagged, ingres]}", "{name: everyone}")
    said = fleet.meshrev("rollout", "status", code=2).err
    assert "gateway tagged follows the tag default in " in said
    assert "no cluster has a MeshGateway ingres (did you mean ingress?)" in said


def test_an_inplace_istio_has_no_rollout(fleet: FleetRepo) -> None:
    for name in ("lab", "eu", "us"):
        fleet.cluster(name, istio(strategy="InPlace", name="other") + namespace("x"))
    (fleet.root / "rollouts/upgrade.yaml").write_text(rollout("{name: a}", istio="other"))
    fleet.git("add", "-A")
    fleet.commit("In place")
    assert "is InPlace" in fleet.meshrev("rollout", "status", code=2).err


# Over several minors


def hops(fleet: FleetRepo, to: str) -> list[tuple[str, str]]:
    return [(one["from"], one["to"]) for one in fleet.meshrev("rollout", "path", "--to", to, "-o", "json").json["hops"]]


def test_a_way_over_minors_takes_two_at_a_time_and_lands_on_their_newest_release(fleet: FleetRepo) -> None:
    assert hops(fleet, "v1.24.3") == [("v1.24.2", "v1.24.3")]
    found = hops(fleet, "v1.29.2")
    assert [(start.rpartition(".")[0], end.rpartition(".")[0]) for start, end in found] == [
        ("v1.24", "v1.26"),
        ("v1.26", "v1.28"),
        ("v1.28", "v1.29"),
    ]
    assert found[-1][1] == "v1.29.2"
    newest = fleet.meshrev("rollout", "path", "--to", "1.26", "-o", "json").json["hops"]
    assert newest[-1]["to"] == found[0][1]


def test_with_a_node_agent_the_way_takes_one_minor_at_a_time(fleet: FleetRepo) -> None:
    fleet.cluster("eu", SPECS + node_agent("IstioCNI"))
    found = fleet.meshrev("rollout", "path", "--to", "v1.26.1", "-o", "json").json["hops"]
    assert [one["to"].rpartition(".")[0] for one in found] == ["v1.25", "v1.26"]
    assert [one["agents"] for one in found] == [["CNI"], ["CNI"]]


def test_a_way_says_which_clusters_have_a_kubernetes_that_a_release_does_not_support(fleet: FleetRepo) -> None:
    fleet.cluster("eu", SPECS, kubernetes="{version: '1.29'}")
    found = fleet.meshrev("rollout", "path", "--to", "v1.28.1", "-o", "json").json["hops"]
    assert [one["outside"] for one in found] == [[], ["eu"]]
    assert found[0]["hazards"]


def test_a_way_does_not_go_back_and_ends_where_all_are(fleet: FleetRepo) -> None:
    assert "an upgrade does not go back" in fleet.meshrev("rollout", "path", "--to", "v1.23.6", code=2).err
    assert fleet.meshrev("rollout", "path", "--to", "v1.24.2").out == "all clusters are at v1.24.2\n"
