"""An HTTP server on loopback that answers with a function, cuts answers off on demand, and ends with nothing left."""

from __future__ import annotations

import ssl
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from typing import Any


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: its target as it was sent, and its body put together where it came in pieces, still compressed where
    it was. Names of headers are looked up in any case."""

    method: str
    target: str
    headers: Message[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer. With `cut`, the connection ends after so many bytes of the body, and before the end of it was due.

    The status line and the headers are sent in any case: curl silently repeats a request on a kept connection that
    ended without one byte of answer, and then the client would not see the fault.
    """

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    cut: int | None = None


class Loopback(ThreadingHTTPServer):
    """Made by `serving`; its port is `server_port`, and `problems` are the tracebacks of what failed in it."""

    daemon_threads = False  # closing waits for each

    def __init__(self, answer: Callable[[Asked], Answer], host: str, tls: ssl.SSLContext | None) -> None:
        super().__init__((host, 0), _Connection)
        if tls:  # the handshake is made by the thread of the connection, so that it holds up no other
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.answer = answer
        self.problems: list[str] = []
        self._open: set[socket] = set()

    def get_request(self) -> tuple[socket, Any]:
        connection, address = super().get_request()
        self._open.add(connection)
        return connection, address

    def shutdown_request(self, request: Any) -> None:
        self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], ConnectionError):
            self.problems.append(traceback.format_exc())

    def close(self) -> None:
        for connection in list(self._open):
            with suppress(OSError):
                connection.shutdown(SHUT_RDWR)
        self.server_close()


@contextmanager
def serving(
    answer: Callable[[Asked], Answer],
    before_close: Callable[[], None],
    host: str = "127.0.0.1",
    tls: ssl.SSLContext | None = None,
) -> Iterator[Loopback]:
    """A server that answers each request, many at a time; with `tls` it speaks that. At the end no request is taken any
    more, then `before_close` ends what the answers still wait for, then every connection ends.

    What failed in making an answer is answered 500 and fails the test there; a client that went away is no failure. An
    answer that may end a connection without any raises ConnectionError.
    """
    server = Loopback(answer, host, tls)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    except BaseException as error:
        for problem in server.problems:
            error.add_note(f"in the server:\n{problem}")
        raise
    finally:
        server.shutdown()
        thread.join()
        before_close()
        server.close()
    assert not server.problems, "\n".join(server.problems)


class _Connection(BaseHTTPRequestHandler):
    server: Loopback
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def do_PATCH(self) -> None:
        self._serve()

    def log_message(self, format: str, *arguments: Any) -> None:
        """Nothing on the test's output."""

    def _serve(self) -> None:
        asked = Asked(self.command, self.path, self.headers, self._body())
        try:
            answer = self.server.answer(asked)
        except ConnectionError:
            raise
        except Exception:
            # Not only a connection that ends: the client must see that something is wrong as well.
            self.server.problems.append(traceback.format_exc())
            answer = Answer(500)
        self.send_response(answer.status)
        for key, value in answer.headers:
            self.send_header(key, value)
        # One byte more than there is, so that also an answer cut after its last one has not ended.
        self.send_header("Content-Length", str(len(answer.body) + (answer.cut is not None)))
        self.end_headers()
        self.wfile.write(answer.body[: answer.cut])
        self.close_connection |= answer.cut is not None

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self._exactly(int(self.headers.get("Content-Length", 0)))
        pieces = []
        while size := int(self._line().split(b";")[0], 16):
            pieces.append(self._exactly(size))
            self._line()
        while self._line() != b"\r\n":
            pass  # fields after the last piece
        return b"".join(pieces)

    def _line(self) -> bytes:
        line = self.rfile.readline()
        if not line.endswith(b"\n"):
            raise ConnectionError("the client went away inside its request")
        return line

    def _exactly(self, size: int) -> bytes:
        data = self.rfile.read(size)
        if len(data) < size:
            raise ConnectionError("the client went away inside its request")
        return data
