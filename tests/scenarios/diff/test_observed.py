"""What was observed of pods, in a diff."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.scenarios.diff.upgrades import istio, rendered
from tests.support.builders import namespace
from tests.support.cluster_objects import kubectl, pod
from tests.support.cluster_objects import namespace as observed_namespace
from tests.support.fleet_repo import FleetRepo


def observe(repo: FleetRepo, cluster: str, *pods: dict[str, Any], hours: int, folder: str = "observed") -> None:
    at = (datetime.now(UTC) - timedelta(hours=hours)).isoformat()
    said = kubectl(observed_namespace("shop", {"istio-injection": "enabled"}), *pods)
    repo.meshrev("observe", "--cluster", cluster, "--at", at, "--observed", folder, stdin=said)


def running(revision: str, version: str) -> dict[str, Any]:
    return pod("shop", revision, f"docker.io/istio/proxyv2:{version}")


def test_what_was_observed_says_how_many_pods_wait_for_a_restart(crossing: FleetRepo) -> None:
    assert "that they have (pods were not asked)" in crossing.meshrev("diff", "HEAD~1", "HEAD").out
    old, new = running("default-v1-24-2", "1.24.2"), running("default-v1-25-1", "1.25.1")
    observe(crossing, "one", old, old, new, hours=3)
    out = crossing.meshrev("diff", "HEAD~1", "HEAD").out
    assert "pods were not asked" not in out
    assert re.search(r"# pods as seen, one: observation 3h old.*; not observed: two\n", out)
    command = "kubectl --context CLUSTER -n shop rollout restart deployment,statefulset,daemonset"
    assert f"{command}  # 2 pods of shop with the old proxy in the 1 of 2 that were observed\n" in out
    assert "(basis: files, and observations of 1 cluster; pods of workloads" in out
    observe(crossing, "two", old, hours=50)
    out = crossing.meshrev("diff", "HEAD~1", "HEAD").out
    assert f"{command}  # 3 pods of shop with the old proxy\n" in out
    assert "two: observation 2d old (too old: more than 24h)" in out
    found = crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert [restart["oldPods"] for restart in found["restarts"]] == [{"one": 2, "two": 1}]
    assert [(one["cluster"], one["stale"]) for one in found["observations"]][1] == ("two", "too-old")
    assert "# 3 pods of shop with the old proxy" in crossing.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out


def test_observations_can_lie_outside_of_the_repository(crossing: FleetRepo, tmp_path: Path) -> None:
    observe(crossing, "one", running("default-v1-24-2", "1.24.2"), hours=1, folder=str(tmp_path / "seen"))
    assert "pods were not asked" in crossing.meshrev("diff", "HEAD~1", "HEAD").out
    out = crossing.meshrev("diff", "HEAD~1", "HEAD", "--observed", str(tmp_path / "seen")).out
    assert "1 pod of shop with the old proxy" in out
    done = crossing.meshrev("diff", "--observed", str(tmp_path / "none"), code=2)
    assert "is no folder of observations" in done.err


def test_in_place_pods_are_counted_by_the_version_of_their_proxy(repo: FleetRepo) -> None:
    shop = namespace("shop", "istio-injection: enabled")
    rendered(repo, "before", one=istio(strategy="InPlace") + shop)
    rendered(repo, "after", one=istio("v1.24.3", strategy="InPlace") + shop)
    observe(
        repo, "one", running("default", "1.24.2"), running("default", "1.24.2"), running("default", "1.24.3"), hours=1
    )
    assert "2 pods of shop with the old proxy" in repo.meshrev("diff", "HEAD~1", "HEAD").out
