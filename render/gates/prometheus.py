"""The gate `prometheus`: a query keeps to its bound over a range that ends now.

A range and not one moment: a series that is missing, that began late, or that stopped, leaves samples out, and then the
answer is to wait, never yes. See https://prometheus.io/docs/prometheus/latest/querying/api/#range-queries.
"""

from __future__ import annotations

import math
import os
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from render.errors import wrong
from render.gates.answer import GateAnswer, Question
from render.gates.soak import UNKNOWN
from render.messages import count, few, one_line
from render.specs.duration import in_words
from render.specs.rollout.kinds import Prometheus

CODE = "MR343"
TIMEOUT = httpx.Timeout(30, connect=10)  # seconds
MOST = 16 * 1024 * 1024  # bytes of an answer
# Whoever runs the job names the servers that its token is for: a change of a spec must not send it elsewhere.
TOKEN, HOSTS = "MESHREV_PROMETHEUS_TOKEN", "MESHREV_PROMETHEUS_HOSTS"
AUTHORITY, CERTIFICATE, KEY = "MESHREV_PROMETHEUS_CA", "MESHREV_PROMETHEUS_CERT", "MESHREV_PROMETHEUS_KEY"
_NAMED = 3
_SHOWN = 200  # characters of what a server says


@dataclass(frozen=True, slots=True)
class _Ask:
    """One query to one server. `about` is the cluster, empty for all of the wave."""

    url: str
    query: str
    about: str


def answer(gate: Prometheus, question: Question, environment: Mapping[str, str] = os.environ) -> GateAnswer:
    """Fails where a sample breaks the bound, else waits where one is missing. A server that does not answer is waited
    for. `InputError` where the environment's files for mutual TLS cannot be read."""
    if question.since is None:
        return GateAnswer("wait", UNKNOWN)
    length = timedelta(seconds=gate.seconds)
    gone = question.now - question.since
    if gone < length:
        words = f"{in_words(max(gone.total_seconds(), 0))} of {in_words(gate.seconds)} of samples"
        return GateAnswer("wait", words, question.since + length)
    waiting: list[str] = []
    passed: list[str] = []
    with _client(environment) as client:
        for ask in _asks(gate, question):
            about = f"{ask.about}: " if ask.about else ""
            found = _answer(gate, question, ask, client, environment)
            if found.verdict == "fail":
                return GateAnswer("fail", about + found.reason)
            (waiting if found.verdict == "wait" else passed).append(about + found.reason)
    if waiting:
        return GateAnswer("wait", few(waiting, _NAMED))
    return GateAnswer("pass", few(passed, _NAMED))


def _asks(gate: Prometheus, question: Question) -> Iterator[_Ask]:
    """Yields what is asked: once for each cluster where the query or its server differ by cluster."""
    query = gate.query.replace("$revision", question.revision)
    if "$cluster" not in query and not gate.urls:
        assert gate.url
        yield _Ask(gate.url, query, "")
        return
    for cluster in question.clusters:
        url = gate.urls.get(cluster, gate.url)
        yield _Ask(url or "", query.replace("$cluster", cluster), cluster)


def _answer(
    gate: Prometheus, question: Question, ask: _Ask, client: httpx.Client, environment: Mapping[str, str]
) -> GateAnswer:
    if not ask.url:
        return GateAnswer("wait", "no server is named for this cluster (urls)")
    end = question.now.astimezone(UTC)
    start = end - timedelta(seconds=gate.seconds)
    fields = {
        "query": ask.query,
        "start": _stamp(start),
        "end": _stamp(end),
        "step": str(gate.step),
    }
    try:
        with client.stream(
            "POST", f"{ask.url.rstrip('/')}/api/v1/query_range", data=fields, headers=_headers(ask.url, environment)
        ) as response:
            body = _read(response)
            status = response.status_code
    except (httpx.HTTPError, _TooLarge) as error:
        return GateAnswer("wait", f"{_host(ask.url)} did not answer: {one_line(str(error)) or type(error).__name__}")
    return _judge(gate, ask, status, body)


def _judge(gate: Prometheus, ask: _Ask, status: int, body: bytes) -> GateAnswer:
    import json

    try:
        data: Any = json.loads(body)
        said = data.get("error") if isinstance(data, dict) else None
    except ValueError:
        data, said = None, None
    if status in (401, 403):
        return GateAnswer("wait", f"{_host(ask.url)} refuses (HTTP {status}): {_credentials_hint(ask.url)}")
    if status != httpx.codes.OK or not isinstance(data, dict) or data.get("status") != "success":
        shown = one_line(str(said))[:_SHOWN] if said else f"HTTP {status}"
        return GateAnswer("wait", f"{_host(ask.url)} does not answer the query: {shown}")
    series = data["data"]["result"] if data.get("data", {}).get("resultType") == "matrix" else None
    if series is None:
        return GateAnswer("wait", "the query gives no samples over time")
    return _verdict(gate, series)


def _verdict(gate: Prometheus, series: list[Mapping[str, Any]]) -> GateAnswer:
    if not series:
        return GateAnswer("wait", "there is no data")
    wanted = gate.seconds // gate.step + 1
    gaps = 0
    values: list[float] = []
    for one in series:
        numbers = [float(text) for _, text in one.get("values", ())]
        real = [number for number in numbers if not math.isnan(number)]
        gaps += len(real) < wanted
        values += real
    broken = [value for value in values if not _keeps(gate, value)]
    bound = f"below {gate.below:g}" if gate.below is not None else f"above {gate.above:g}"
    if broken:
        extreme = max(broken) if gate.below is not None else min(broken)
        return GateAnswer("fail", f"{extreme:g}, wanted {bound} (in {count(len(broken), 'sample')} of {len(values)})")
    if gaps:
        return GateAnswer("wait", f"samples are missing in {gaps} of {count(len(series), 'series', 'series')}")
    extreme = max(values) if gate.below is not None else min(values)
    return GateAnswer("pass", f"{extreme:g}, wanted {bound} for {in_words(gate.seconds)}")


def _keeps(gate: Prometheus, value: float) -> bool:
    return value < gate.below if gate.below is not None else value > (gate.above or 0.0)


class _TooLarge(Exception):
    pass


def _read(response: httpx.Response) -> bytes:
    found = bytearray()
    for part in response.iter_bytes():
        found += part
        if len(found) > MOST:
            raise _TooLarge(f"its answer is larger than {MOST >> 20} MiB")
    return bytes(found)


def _client(environment: Mapping[str, str]) -> httpx.Client:
    """Returns a client that follows no redirect: a token would go with it."""
    authority, certificate, key = (environment.get(name) for name in (AUTHORITY, CERTIFICATE, KEY))
    try:
        context = ssl.create_default_context(cafile=authority or None)
        if certificate:
            context.load_cert_chain(certificate, key or None)
    except (OSError, ssl.SSLError) as error:
        names = ", ".join(name for name in (AUTHORITY, CERTIFICATE, KEY) if environment.get(name))
        raise wrong(CODE, f"the files that {names} name cannot be used: {one_line(str(error))}") from None
    return httpx.Client(timeout=TIMEOUT, follow_redirects=False, verify=context, headers={"User-Agent": "meshrev"})


def _headers(url: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Returns the token's header, for servers that `MESHREV_PROMETHEUS_HOSTS` names only."""
    token = environment.get(TOKEN, "").strip()
    hosts = {name.strip().lower() for name in environment.get(HOSTS, "").split(",")}
    return {"Authorization": f"Bearer {token}"} if token and _host(url) in hosts else {}


def _credentials_hint(url: str) -> str:
    return f"set {TOKEN}, and name {_host(url)} in {HOSTS}"


def _host(url: str) -> str:
    """Returns a server's host, with its port where it has one."""
    return httpx.URL(url).netloc.decode("ascii").lower()


def _stamp(moment: datetime) -> str:
    return f"{moment.timestamp():.3f}"
