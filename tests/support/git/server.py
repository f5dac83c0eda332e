"""A real git HTTP server on loopback: git's own `http-backend` behind a small CGI bridge, with faults on demand.

with git_server(tmp_path / "server") as server:
    server.create("fleet.git")
    server.on(PUSH, Drop(acted=True))
    subprocess.run(["git", "push", server.url("fleet.git"), "main"])
    assert server.pushes == 1
"""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from tests.support.loopback import Answer, Asked, serving

# The requests of git's smart protocol. A fetch is FETCH_REFS and, with protocol v2, a FETCH that lists the branches
# and, where there is something new, at least one that brings it; a push is PUSH_REFS and PUSH.
FETCH_REFS = "info/refs?service=git-upload-pack"
FETCH = "git-upload-pack"
PUSH_REFS = "info/refs?service=git-receive-pack"
PUSH = "git-receive-pack"


@dataclass(frozen=True, slots=True)
class Drop:
    """The connection ends: before git did anything, or after it did all of it with a share of the answer sent."""

    acted: bool
    sent: float = 0.5


@dataclass(frozen=True, slots=True)
class Delay:
    """Git is started only after this many seconds."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Refuse:
    """An answer with this status and text, and these headers, such as Retry-After; git is not started."""

    status: int
    text: str = ""
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Meanwhile:
    """Something happens after the request came in and before git is started, such as another person's push.

    An exception of it is answered 500, and fails the test when the server ends.
    """

    work: Callable[[], object]


Fault = Drop | Delay | Refuse | Meanwhile


@dataclass(frozen=True, slots=True)
class Request:
    """One that came in: the repository's path, what it asked for (`FETCH_REFS` and its like), how git was spoken to
    (`version=2`), and how the body came.

    One without the credentials that are needed was answered 401. A probe is what git sends before a body in pieces,
    to learn whether it may: it asks for nothing.
    """

    repository: str
    kind: str
    protocol: str
    chunked: bool
    compressed: bool
    unauthorized: bool
    probe: bool


@dataclass(slots=True)
class _Awaited:
    kind: str
    fault: Fault
    first: int
    last: float
    seen: int = 0


class GitServer:
    """The bare repositories of a folder, what was asked of them, and the faults to come. Made by `git_server`."""

    def __init__(self, root: Path, auth: tuple[str, str] | None) -> None:
        self.root = root
        self.requests: list[Request] = []
        self.log = ""  # what git and its hooks said on standard error, where it does not go to the client
        self._auth = auth
        self._port = 0
        self._lock = threading.Lock()
        self._awaited: list[_Awaited] = []
        self._running: set[subprocess.Popen[bytes]] = set()
        self._closing = threading.Event()

    def create(self, name: str, branch: str = "main") -> Path:
        """A new bare repository whose HEAD is this branch; where it lies. Its housekeeping is switched off, since that
        goes on after the answer."""
        path = self.root / name
        subprocess.run(["git", "init", "--quiet", "--bare", "-b", branch, path], check=True, env=self._environment())
        with (path / "config").open("a") as config:
            config.write("[http]\n\treceivepack = true\n[receive]\n\tautogc = false\n")
            config.write("[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n")
        return path

    def hook(self, name: str, hook: str, script: str) -> None:
        """Give a repository a hook (`pre-receive`, `update`, `post-receive`), by the text of a shell script."""
        file = self.root / name / "hooks" / hook
        file.parent.mkdir(exist_ok=True)
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)

    def url(self, name: str, *, with_auth: bool = False) -> str:
        """Where a repository is found; with the user and token in it where asked for."""
        user = ":".join(self._auth) + "@" if with_auth and self._auth else ""
        return f"http://{user}127.0.0.1:{self._port}/{name}"

    def on(self, kind: str, fault: Fault, *, nth: int = 1, times: float = 1) -> None:
        """Let a fault happen at the n-th request of a kind from now on, and from there at so many of them (`math.inf`:
        all).

        Requests without needed credentials and probes do not count. Several faults of one request happen in the order
        in which they were set.
        """
        with self._lock:
            self._awaited.append(_Awaited(kind, fault, nth, nth + times - 1))

    def counts(self) -> Counter[str]:
        """How many requests of each kind came in, dropped and refused ones too, without the unauthorized and probes."""
        return Counter(request.kind for request in self.requests if not (request.unauthorized or request.probe))

    @property
    def fetches(self) -> int:
        """How many times a client came to fetch (`git fetch`, `clone`, `ls-remote`)."""
        return self.counts()[FETCH_REFS]

    @property
    def pushes(self) -> int:
        """How many times a client came to push."""
        return self.counts()[PUSH_REFS]

    def _answer(self, asked: Asked) -> Answer:
        path, _, query = asked.target.partition("?")
        unauthorized = not self._is_authorized(asked)
        faults = self._came(_request(unquote(path), query, asked, unauthorized))
        if unauthorized:
            return Answer(401, (("WWW-Authenticate", 'Basic realm="git"'),))
        dropped: Drop | None = None
        for fault in faults:
            match fault:
                case Delay(seconds):
                    self._closing.wait(seconds)
                case Meanwhile(work):
                    work()
                case Refuse(status, text, headers):
                    return Answer(status, (("Content-Type", "text/plain"), *headers), text.encode())
                case Drop(acted=False):
                    return Answer(200, cut=0)
                case Drop():
                    dropped = fault
        status, headers, body = _parsed(self._backend(self._variables(unquote(path), query, asked), asked.body))
        return Answer(status, headers, body, None if dropped is None else int(len(body) * dropped.sent))

    def _is_authorized(self, asked: Asked) -> bool:
        if self._auth is None:
            return True
        return asked.headers.get("Authorization") == "Basic " + base64.b64encode(":".join(self._auth).encode()).decode()

    def _came(self, request: Request) -> list[Fault]:
        """Note a request; the faults that happen to it."""
        with self._lock:
            self.requests.append(request)
            if request.unauthorized or request.probe:
                return []
            found = [awaited for awaited in self._awaited if awaited.kind == request.kind]
            for awaited in found:
                awaited.seen += 1
            return [awaited.fault for awaited in found if awaited.first <= awaited.seen <= awaited.last]

    def _variables(self, path: str, query: str, asked: Asked) -> dict[str, str]:
        """The request as a CGI program finds it (RFC 3875; `git help http-backend`)."""
        return {
            "GATEWAY_INTERFACE": "CGI/1.1",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REQUEST_METHOD": asked.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": asked.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(asked.body)),
            "HTTP_CONTENT_ENCODING": asked.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": asked.headers.get("Git-Protocol", ""),
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_ADDR": "127.0.0.1",
            "REMOTE_USER": self._auth[0] if self._auth else "",
        }

    def _backend(self, variables: dict[str, str], body: bytes) -> bytes:
        """What git's CGI program prints."""
        pipe = subprocess.PIPE
        with self._lock:
            if self._closing.is_set():
                raise ConnectionError("the server is closing")
            process = subprocess.Popen(
                ["git", "http-backend"],
                env={**self._environment(), **variables},
                stdin=pipe,
                stdout=pipe,
                stderr=pipe,
                start_new_session=True,  # its hooks are ended with it
            )
            self._running.add(process)
        answer, errors = process.communicate(body)
        with self._lock:
            self._running.discard(process)
            self.log += errors.decode(errors="replace")
            if self._closing.is_set():
                raise ConnectionError("the server is closing")
        return answer

    def _environment(self) -> dict[str, str]:
        """Nothing of the machine's own settings of git."""
        home = {"PATH": os.environ["PATH"], "HOME": str(self.root)}
        return {**home, "GIT_CONFIG_NOSYSTEM": "1", "GIT_CONFIG_GLOBAL": os.devnull}

    def _end_what_runs(self) -> None:
        with self._lock:
            self._closing.set()
            for process in self._running:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)


@contextmanager
def git_server(root: Path, *, auth: tuple[str, str] | None = None) -> Iterator[GitServer]:
    """A server of the bare repositories below `root`, which is made where missing; with `auth` only for that user and
    token. At the end every connection and every process of it is ended.

    Needs `git http-backend`, which the git package of every common system has.
    """
    root.mkdir(parents=True, exist_ok=True)
    server = GitServer(root, auth)
    with serving(server._answer, server._end_what_runs) as loopback:
        server._port = loopback.server_port
        yield server


def _request(path: str, query: str, asked: Asked, unauthorized: bool) -> Request:
    service = next((each for each in ("info/refs", FETCH, PUSH) if path.endswith(f"/{each}")), "")
    return Request(
        repository=path.removesuffix(service).strip("/"),
        kind=f"{service}?{query}" if query else service,
        protocol=asked.headers.get("Git-Protocol", ""),
        chunked=asked.headers.get("Transfer-Encoding") == "chunked",
        compressed=asked.headers.get("Content-Encoding") == "gzip",
        unauthorized=unauthorized,
        probe=asked.body == b"0000",
    )


def _parsed(answer: bytes) -> tuple[int, tuple[tuple[str, str], ...], bytes]:
    """Status, headers and body of what a CGI program printed."""
    head, _, body = answer.partition(b"\r\n\r\n")
    fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
    status = int(fields.pop("Status", "200 OK").split()[0])
    return status, tuple(fields.items()), body
