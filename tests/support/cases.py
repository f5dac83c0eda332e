"""The conformance cases, which come with the checkout (tests/data/README.md), read when a test asks for them."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
CONFORMANCE = ROOT / "tests/data/conformance"
# The releases with cases of what their charts render: `1.24.3`.
VERSIONS = sorted(file.parent.name for file in CONFORMANCE.glob("*/named.jsonl.xz"))


def case_text(name: str) -> str:
    """Returns the text of a file with cases: `prune.json`."""
    return lzma.decompress((CONFORMANCE / f"{name}.xz").read_bytes()).decode()


def chart_cases(version: str, kind: str) -> list[dict[str, Any]]:
    """Returns what a release's charts render, a dict a case; `kind` is `named` or `flips`."""
    return [json.loads(line) for line in case_text(f"{version}/{kind}.jsonl").splitlines()]


def case_parameters(name: str) -> list[Any]:
    """Returns the cases of a file as pytest parameters with their names."""
    return [pytest.param(case, id=case["name"]) for case in json.loads(case_text(name))["cases"]]


def gateway_cases() -> list[dict[str, Any]]:
    """Returns the Gateways that Istio's own controller was asked to deploy, without those that it is not held to."""
    names = sorted(file.name.removesuffix(".xz") for file in CONFORMANCE.glob("gateways-*.jsonl.xz"))
    cases = [json.loads(line) for name in names for line in case_text(name).splitlines()]
    cases += json.loads(case_text("gateway-deployments.json"))["cases"]
    return [case for case in cases if not case["input"]["ignore"]]
