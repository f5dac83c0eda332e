"""What a real Prometheus answers, and what follows from it: a gap is no answer, and silence never a yes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread

import pytest

from render.errors import InputError
from render.gates.answer import GateAnswer, Question
from render.gates.prometheus import answer
from render.specs.rollout.kinds import Prometheus
from tests.gates.conftest import PrometheusServer


def gate(query: str, url: str | None, **fields: object) -> Prometheus:
    given: dict[str, object] = {"below": 0.01, "above": None, "seconds": 1500, "step": 30, "urls": {}} | fields
    return Prometheus(query=query, url=url, **given)  # type: ignore[arg-type]  # fields by name, for short


def question(now: datetime, since: timedelta = timedelta(hours=1)) -> Question:
    return Question(now, now - since, "c", {"eu": ()}, "default-v1-31-4")


@pytest.mark.parametrize(
    ("query", "verdict", "said"),
    [
        ("good", "pass", "0.001, wanted below 0.01"),
        ('good{cluster="$cluster"}', "pass", "eu: 0.001"),
        ("bad", "fail", "0.05, wanted below 0.01 (in 1 sample of 51)"),
        ("gap", "wait", "samples are missing in 1 of 1 series"),
        ("stale", "wait", "samples are missing"),
        ("late", "wait", "samples are missing"),
        ("nan", "wait", "samples are missing"),
        ("missing", "wait", "there is no data"),
        ("bad or gap", "fail", "0.05"),
        ("rate(resets_total[5m])", "fail", "wanted below 0.01"),
        ("good[5m]", "wait", "does not answer the query"),
        ("sum(", "wait", "does not answer the query"),
    ],
)
def test_a_query_keeps_to_its_bound_in_every_sample(
    prometheus: PrometheusServer, end: datetime, query: str, verdict: str, said: str
) -> None:
    found = answer(gate(query, prometheus.url), question(end), {})
    assert (found.verdict, said in found.reason) == (verdict, True), found.reason


def test_a_rate_over_a_counter_that_begins_anew_is_no_drop(prometheus: PrometheusServer, end: datetime) -> None:
    found = answer(gate("rate(resets_total[5m])", prometheus.url, below=None, above=0.9), question(end), {})
    assert found.verdict == "pass", found.reason


def test_a_bound_is_none_of_the_values_that_keep_to_it(prometheus: PrometheusServer, end: datetime) -> None:
    assert answer(gate("good", prometheus.url, below=0.001), question(end), {}).verdict == "fail"
    assert answer(gate("good", prometheus.url, below=None, above=0.001), question(end), {}).verdict == "fail"
    assert answer(gate("good", prometheus.url, below=None, above=0.0009), question(end), {}).verdict == "pass"


def test_samples_from_before_the_wave_are_not_asked_for(prometheus: PrometheusServer, end: datetime) -> None:
    found = answer(gate("good", prometheus.url), question(end, timedelta(minutes=5)), {})
    assert (found.verdict, found.until) == ("wait", end + timedelta(minutes=20))
    assert found.reason == "5m of 25m of samples"


def test_each_cluster_has_its_server_and_one_without_is_waited_for(prometheus: PrometheusServer, end: datetime) -> None:
    asked = Question(end, end - timedelta(hours=1), "c", {"eu": (), "us": ()}, "r")
    found = answer(gate("good", None, urls={"eu": prometheus.url}), asked, {})
    assert found == GateAnswer("wait", "us: no server is named for this cluster (urls)")


def test_a_server_that_is_not_there_is_waited_for(end: datetime) -> None:
    found = answer(gate("good", "http://127.0.0.1:9"), question(end), {})
    assert found.verdict == "wait"
    assert "127.0.0.1:9 did not answer" in found.reason


def test_the_token_goes_only_to_hosts_that_the_environment_names(end: datetime) -> None:
    with listening() as (url, host, seen):
        token = {"MESHREV_PROMETHEUS_TOKEN": "t0ken"}
        refused = answer(gate("good", url), question(end), token)
        answer(gate("good", url), question(end), token | {"MESHREV_PROMETHEUS_HOSTS": f"other.example.com, {host}"})
    assert seen == [None, "Bearer t0ken"]
    assert refused.verdict == "wait"
    assert f"set MESHREV_PROMETHEUS_TOKEN, and name {host} in MESHREV_PROMETHEUS_HOSTS" in refused.reason
    assert "t0ken" not in refused.reason


def test_files_for_mutual_tls_that_cannot_be_read_are_an_error(end: datetime) -> None:
    with pytest.raises(InputError, match="MESHREV_PROMETHEUS_CA"):
        answer(gate("good", "https://p.example.com"), question(end), {"MESHREV_PROMETHEUS_CA": "/nowhere"})


def test_nothing_is_known_without_the_time_of_the_wave() -> None:
    now = datetime(2026, 11, 30, tzinfo=UTC)
    assert answer(gate("good", "http://localhost"), Question(now, None, None, {"eu": ()}, "r"), {}).verdict == "wait"


@contextmanager
def listening() -> Iterator[tuple[str, str, list[str | None]]]:
    """A server that refuses everybody, with its URL, its host, and the Authorization of each request."""
    seen: list[str | None] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            seen.append(self.headers.get("Authorization"))
            self.send_response(401)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        host = f"127.0.0.1:{server.server_port}"
        yield f"http://{host}", host, seen
    finally:
        server.shutdown()
        server.server_close()
