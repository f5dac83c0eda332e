"""Fleets to lint, and what is found in them."""

from __future__ import annotations

import contextlib
import json

from click.testing import CliRunner

from render.cli.main import meshrev
from tests.support import builders
from tests.support.builders import fleet_file, namespace
from tests.support.fleet_repo import FleetRepo

MESHREV_YAML = fleet_file().partition("spec:")[0]
TODAY = ("--today", "2026-06-01")  # 1.30 is supported, and so is 1.29


def istio(version: str = "v1.30.1", strategy: str = "InPlace", name: str = "default", **spec: str) -> str:
    return builders.istio(version, name, strategy, **spec)


def shop(*labels: str) -> str:
    return namespace("shop", *labels)


def fleet(repo: FleetRepo, spec: str) -> None:
    repo.write("meshrev.yaml", f"{MESHREV_YAML}spec:\n{spec}")


def linted(repo: FleetRepo, *arguments: str, code: int | None = None) -> list[tuple[str, str, str]]:
    """Severity, code and object of each finding but the note on definitions (MR133). Run in this process: quicker."""
    with contextlib.chdir(repo.root):
        done = CliRunner().invoke(meshrev, ["lint", *TODAY, "-o", "json", *arguments])
    assert code is None or done.exit_code == code, done.output
    found = json.loads(done.stdout)["findings"]
    return [(one["severity"], one["code"], one.get("object", "")) for one in found if one["code"] != "MR133"]


SHOP = "Namespace/shop"
