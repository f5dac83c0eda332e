"""What a CI system gives to a script: the program, a folder for its results, and an API to talk to."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

from tests.support.cases import ROOT
from tests.support.fleet_repo import Done

# Method, path and body of a request; status and body of the answer.
Answer = Callable[[str, str, Any], tuple[int, Any]]


def installed(home: Path) -> Path:
    """This checkout as `plugins/ci/install.sh` would have installed it, with the libraries that are here."""
    (home / "bin").mkdir(parents=True)
    program = f'#!/bin/sh\nPYTHONPATH="{ROOT}" exec "{sys.executable}" -P -m render "$@"\n'
    for name, text in {"meshrev": program, "python": f'#!/bin/sh\nexec "{sys.executable}" "$@"\n'}.items():
        (home / "bin" / name).write_text(text)
        (home / "bin" / name).chmod(0o755)
    return home


def script(command: list[str], folder: Path, environment: Mapping[str, str]) -> Done:
    """Run a script of `plugins/` with this environment and no variables of the CI system that runs the tests."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("GITHUB_", "CI_", "RUNNER_"))}
    env = {**kept, "NO_COLOR": "1", **environment}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True)
    return Done(done.returncode, done.stdout, done.stderr)


@dataclass
class Api:
    """A server on this machine that keeps what it is asked."""

    address: str = ""
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    tokens: list[str] = field(default_factory=list)


@contextmanager
def api(answer: Answer) -> Iterator[Api]:
    kept = Api()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            data = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            body = json.loads(data) if data else None
            kept.asked.append((self.command, self.path, body))
            kept.tokens.append(self.headers.get("Authorization") or self.headers.get("PRIVATE-TOKEN") or "")
            status, said = answer(self.command, self.path, body)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(said).encode())

        do_GET = do_POST = do_PUT = _answer

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    kept.address = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield kept
    finally:
        server.shutdown()
        server.server_close()
