"""A forge to test against: a real HTTP server that keeps pull requests. What each forge's JSON looks like is said by
its subclass; everything that goes over the wire is kept, to be compared with the forge's description."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from tests.support.forge.description import Description
from tests.support.forge.wire import Answer, Request

Verdict = str  # ready, conflict, checking, waiting (for a review), failing (a check), draft, behind


@dataclass
class Pull:
    number: int
    title: str
    body: str | None
    head: str
    base: str
    sha: str
    state: str = "open"
    labels: list[str] = field(default_factory=list)
    reviewers: list[str] = field(default_factory=list)
    teams: list[str] = field(default_factory=list)
    reviews: list[tuple[str, str]] = field(default_factory=list)
    verdict: Verdict = "ready"
    draft: bool = False
    from_fork: bool = False


class ForgeServer:
    """A repository `org/fleet` with branches, users and labels. `before` and `after` hold functions for the next
    requests: `before` may answer in place of the forge, `after` changes its answer; each is used once."""

    base: ClassVar[str]
    kind: ClassVar[str]
    authorization: ClassVar[str]
    tokens: ClassVar[str]  # the variable
    token = "secret-0123456789"  # what no output may have

    def __init__(self) -> None:
        self.project = "org/fleet"
        self.branches = {"main": "0" * 40, "promote": "a" * 40}
        self.pulls: list[Pull] = []
        self.checks_of_commits: dict[str, str] = {}  # by name: passed, failed, pending
        self.users = ["ada", "grace", "linus"]
        self.labels = ["istio", "promotion"]
        self.page_size = 100
        self.before: list[Callable[[Request], Answer | None]] = []
        self.after: list[Callable[[Request, Answer], Answer]] = []
        self.exchanges: list[tuple[Request, Answer]] = []
        self.answered_elsewhere: list[Answer] = []
        self._one_by_one = threading.Lock()

    # What a test does with it

    def add(self, **about: Any) -> Pull:
        """A pull request of promote into main, unless said otherwise."""
        given = {"title": "Promote", "body": "what", "head": "promote", "base": "main", "sha": "a" * 40, **about}
        pull = Pull(number=len(self.pulls) + 7, **given)
        self.pulls.append(pull)
        return pull

    def fail(self, *answers: Answer) -> None:
        """The next requests are answered so, and not carried out."""
        for answer in answers:
            self.answered_elsewhere.append(answer)
            self.before.append(lambda request, answer=answer: answer)

    def lose(self, answer: Answer | None = None) -> None:
        """The next request that changes something is carried out, and its answer lost, or replaced by this one."""
        lost = answer or Answer(0, dropped=True)

        def replaced(request: Request, real: Answer) -> Answer:
            if request.method == "GET":
                self.after.append(replaced)
                return real
            self.answered_elsewhere.append(lost)
            return lost

        self.after.append(replaced)

    def requests(self) -> list[str]:
        return [f"{request.method} {request.path}" for request, _ in self.exchanges]

    def changing(self) -> list[str]:
        return [line for line in self.requests() if not line.startswith("GET")]

    def check(self) -> None:
        """Everything that went over the wire is as the forge describes it. Of what a test put in the forge's place, an
        outage say, and of refused tokens, which no description goes into, only the request is looked at."""
        for request, answer in self.exchanges:
            own = answer not in self.answered_elsewhere and answer.status != 401
            self.description().check(request, answer if own else None)

    # What answers

    def description(self) -> Description:
        raise NotImplementedError

    def answer(self, request: Request) -> Answer:
        raise NotImplementedError

    def taken(self, request: Request) -> Answer:
        answer = self.before.pop(0)(request) if self.before else None
        if answer is None and request.headers.get("authorization") != self.authorization.format(self.token):
            answer = Answer(401, {"message": "Bad credentials"})
        if answer is None:
            with self._one_by_one:  # or two would both see that none is open, and open one each
                answer = self.answer(request)
        if self.after:
            answer = self.after.pop(0)(request, answer)
        self.exchanges.append((request, answer))
        return answer

    def find_open(self, head: str, base: str) -> list[Pull]:
        return [p for p in self.pulls if p.state == "open" and (p.head, p.base) == (head, base) and not p.from_fork]

    def numbered(self, number: str) -> Pull:
        return next(p for p in self.pulls if p.number == int(number))

    def page(self, request: Request, items: list[Any], size: str) -> Answer:
        """One page of a list, and the address of the next in a header."""
        number = int(request.query.get("page", "1"))
        size_of_page = min(self.page_size, int(request.query.get(size, "30")))
        start = (number - 1) * size_of_page
        more = start + size_of_page < len(items)
        link = {"Link": f'<http://elsewhere.invalid{request.path}?page={number + 1}>; rel="next"'} if more else {}
        return Answer(200, items[start : start + size_of_page], link)

    # The server

    def __enter__(self) -> Self:
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # an answer in one piece: in two, the system waits 40 ms before the second

            def handle_any(self) -> None:
                parts = urlsplit(self.path)
                length = int(self.headers.get("Content-Length") or 0)
                request = Request(
                    self.command,
                    parts.path.removeprefix(outer.base),
                    {name: values[-1] for name, values in parse_qs(parts.query).items()},
                    {name.lower(): value for name, value in self.headers.items()},
                    self.rfile.read(length),
                )
                answer = outer.taken(request)
                if answer.dropped:
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Type", "application/json" if answer.text is None else "text/html")
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = do_PATCH = handle_any

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def url(self) -> str:
        return f"{self.address}{self.base}"


def route(request: Request, pattern: str) -> re.Match[str] | None:
    """Whether a request is `METHOD /path`, with parts to take out in parentheses."""
    return re.fullmatch(pattern, f"{request.method} {request.path}")
