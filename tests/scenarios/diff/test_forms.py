"""An upgrade as a reviewer reads it: as text, as Markdown, as data."""

from __future__ import annotations

import re

from tests.scenarios.diff.upgrades import EXPECTED, istio, rendered
from tests.support.fleet_repo import FleetRepo


def plain(text: str) -> str:
    """Without the ids of commits, which are another every time."""
    return re.sub(r"\(([0-9a-f]{7})\)", "(abc1234)", text)


def test_an_upgrade_reads_as_a_reviewer_needs_it(upgrade: FleetRepo) -> None:
    assert plain(upgrade.meshrev("diff", "HEAD~1", "HEAD").out) == (EXPECTED / "upgrade.txt").read_text()


def test_an_upgrade_reads_well_in_a_pull_request(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD~1", "HEAD", "--output", "markdown").out
    assert plain(out) == (EXPECTED / "upgrade.md").read_text()


def test_an_upgrade_as_data_has_everything_once(upgrade: FleetRepo) -> None:
    found = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "json").json
    assert found["before"]["commit"] == upgrade.git("rev-parse", "HEAD~1").strip()
    assert found["clusters"] == [{"name": name, "how": "changed"} for name in ("one", "three", "two")]
    everywhere, only = found["changes"]
    assert everywhere["clusters"] == ["one", "three", "two"]
    revision = everywhere["parts"][0]
    assert (revision["kind"], revision["before"], revision["after"]) == (
        "revision",
        "default-v1-24-2",
        "default-v1-24-3",
    )
    assert len(revision["objects"]) == 17
    assert only["clusters"] == ["three"]
    (config_map,) = only["parts"][0]["objects"]
    assert config_map["changes"] == [
        {"path": "data.mesh.accessLogFile", "how": "changed", "before": "/a", "after": "/b"}
    ]
    moved = [(move["namespace"], move["workload"], move["after"]["revision"]) for move in found["moves"]]
    assert moved == [
        ("cart", None, "default-v1-24-3"),
        ("shop", None, "default-v1-24-3"),
        ("plain", "StatefulSet/job", "default-v1-24-3"),
        ("shop", "Deployment/web", "default-v1-24-3"),
    ]
    assert [restart["kubectl"][-1] for restart in found["restarts"]] == [
        "deployment,statefulset,daemonset",
        "deployment,statefulset,daemonset",
        "statefulset/job",
    ]


def test_one_cluster_can_be_looked_at_alone(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD~1", "HEAD", "--cluster", "two").out
    assert "1 of 1 cluster differs" in out
    assert "kubectl --context two -n shop rollout restart deployment,statefulset,daemonset" in out
    assert "three" not in out
    assert "there is no cluster tow" in upgrade.meshrev("diff", "HEAD~1", "--cluster", "tow", code=2).err


def test_the_way_back_is_a_diff_too(upgrade: FleetRepo) -> None:
    out = upgrade.meshrev("diff", "HEAD", "HEAD~1").out
    assert "default-v1-24-3 (v1.24.3) -> default-v1-24-2 (v1.24.2)" in out
    assert "- revision default-v1-24-3 (v1.24.3)" in out


def test_credentials_are_in_no_output(repo: FleetRepo) -> None:
    def config(password: str) -> str:
        return f"""\
---
apiVersion: v1
kind: ConfigMap
metadata: {{name: app, namespace: shop}}
data:
  app.yaml: |
    database: {{user: me, password: {password}}}
    url: postgres://me:{password}@db/shop
---
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web, namespace: shop}}
spec:
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      containers:
      - name: main
        image: web
        args: [--api-key={password}, --token, {password}]
        env: [{{name: DB_PASSWORD, value: {password}}}]
"""

    rendered(repo, "before", one=istio() + config("hunter2"))
    rendered(repo, "after", one=istio() + config("hunter3"))
    for output in ("text", "markdown", "json"):
        out = repo.meshrev("diff", "HEAD~1", "HEAD", "-o", output).out
        assert "hunter" not in out
        assert "env[DB_PASSWORD].value" in out
        assert "(hidden)" in out


def test_markdown_keeps_to_its_limit_and_says_what_is_cut(upgrade: FleetRepo) -> None:
    whole = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown").out
    for limit in (1000, 1500, 2500):
        cut = upgrade.meshrev("diff", "HEAD~1", "HEAD", "-o", "markdown", "--limit", str(limit)).out
        assert len(cut.encode()) <= limit < len(whole.encode())
        *_, last = cut.splitlines()
        said = rf"\*\*Cut:\*\* \d+ lines left out to keep within {limit} bytes. All of it: `meshrev diff HEAD~1 HEAD`"
        assert re.fullmatch(said, last)
        assert cut.count("<details>") == cut.count("</details>")
        assert len(re.findall("^```", cut, re.MULTILINE)) % 2 == 0


def test_colour_is_for_terminals_only(upgrade: FleetRepo) -> None:
    assert "\x1b" not in upgrade.meshrev("diff", "HEAD~1").out


def test_on_a_terminal_changes_are_coloured(upgrade: FleetRepo) -> None:
    from click.testing import CliRunner

    from render.cli.main import meshrev

    out = CliRunner().invoke(meshrev, ["-C", str(upgrade.root), "diff", "HEAD~1", "HEAD"], color=True).output
    assert "\x1b[32m  + revision default-v1-24-2 -> default-v1-24-3 (v1.24.2 -> v1.24.3)\x1b[0m" in out
    assert "\x1b[33m      ~ data.values.global.tag: 1.24.2 -> 1.24.3\x1b[0m" in out
    assert "\x1b[1mRestart: until then pods keep the proxy that they have (pods were not asked)\x1b[0m" in out
