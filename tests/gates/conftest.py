"""A real Prometheus with series of a known past: Debian's package `prometheus`, which has `promtool` too."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.support.cluster.process import free_port, running

END = datetime(2026, 11, 30, 12, tzinfo=UTC)
STEP = 15  # seconds between two samples
# Each series, with its value by the seconds that are left until END (None: no sample). An hour is kept.
SERIES = {
    "good": lambda left: 0.001,
    "bad": lambda left: 0.05 if 290 <= left <= 310 else 0.001,
    "gap": lambda left: None if 600 <= left <= 1300 else 0.001,  # longer than Prometheus looks back for a value
    "stale": lambda left: None if left < 420 else 0.001,
    "late": lambda left: None if left > 900 else 0.001,
    "nan": lambda left: float("nan") if 100 <= left <= 200 else 0.001,
    "resets_total": lambda left: (3600 - left) % 1800,  # a counter that begins anew
}


@dataclass(frozen=True, slots=True)
class PrometheusServer:
    url: str


@pytest.fixture(scope="session")
def prometheus(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrometheusServer]:
    if not shutil.which("prometheus") or not shutil.which("promtool"):
        pytest.skip("Debian's package prometheus is not installed (apt-get install prometheus)")
    folder = tmp_path_factory.mktemp("prometheus")
    (folder / "series.om").write_text(_open_metrics())
    (folder / "prometheus.yml").write_text("global: {}\n")
    create = ("promtool", "tsdb", "create-blocks-from", "openmetrics", "series.om", "data")
    subprocess.run(create, cwd=folder, check=True, capture_output=True)
    port = free_port()
    command = [
        "prometheus",
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        "--storage.tsdb.retention.time=100y",
        f"--web.listen-address=127.0.0.1:{port}",
    ]
    url = f"http://127.0.0.1:{port}"
    with running(command, folder / "log", lambda: _is_ready(url)):
        yield PrometheusServer(url)


def _is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}/-/ready").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _open_metrics() -> str:
    lines = []
    for name, value in SERIES.items():
        family = name.removesuffix("_total")
        lines.append(f"# TYPE {family} {'counter' if family != name else 'gauge'}")
        for left in range(3600, -1, -STEP):
            at = END - timedelta(seconds=left)
            if (number := value(left)) is not None:
                lines.append(f'{name}{{cluster="eu"}} {number} {at.timestamp():.0f}')
    return "\n".join([*lines, "# EOF", ""])


@pytest.fixture(scope="session")
def end() -> datetime:
    """When the series end."""
    return END
