"""Requests to a forge's API: what is tried again, what is waited for, and what each refusal means.

The token goes to the API's own origin only, is never in a message, and never travels unencrypted, except on the
machine itself.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx

from render.errors import InputError, OutsideError
from render.finding import Finding
from render.forge.address import is_loopback
from render.forge.rate_limits import seconds_to_wait
from render.forge.token import Token
from render.forge.types import CODE, Project
from render.logs import FORGE
from render.secrets import HIDDEN, hide_secrets

TIMEOUT = httpx.Timeout(30, connect=10)  # seconds
PATIENCE = 60.0  # seconds that one connection waits in all
TRIES = 3
REDIRECTS = 3
PAGES = 100
SHOWN = 300  # characters of what a forge says

_REDIRECT = (301, 302, 303, 307, 308)
# The request has not reached the forge: it may be sent again whatever it asks for.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class RefusedError(InputError):
    """The forge understood, and said no: with this HTTP status, and in these words (one line)."""

    def __init__(self, message: str, status: int, said: str) -> None:
        super().__init__([Finding(CODE, message)])
        self.status = status
        self.said = said


class UnansweredRequest(OutsideError):
    """No answer came to a request that may have been carried out: look before it is made again."""


class AlreadyOpenError(OutsideError):
    """There is an open pull request for these branches: another process has opened it meanwhile."""


@dataclass(slots=True)
class Connection:
    """One repository's API. `needs` says what kind of token may do all of it; `clock` gives seconds since 1970."""

    forge: str
    repository: Project
    token: Token = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    needs: str
    clock: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    _waited: float = 0.0
    _client: httpx.Client = field(init=False, repr=False)

    def __post_init__(self) -> None:
        # On the machine itself http is allowed, and a proxy would carry the token off the machine.
        host = httpx.URL(self.repository.api).host
        direct = {f"all://{f'[{host}]' if ':' in host else host}": None} if is_loopback(host) else None
        headers = {"User-Agent": "meshrev", "Accept": "application/json", **self.headers}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=False, mounts=direct)

    def close(self) -> None:
        self._client.close()

    def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """Returns the JSON at a path below the API's base."""
        return self._json(self._ask("GET", path, query=query))

    def pages(self, path: str, query: Mapping[str, str]) -> Iterator[Any]:
        """Yields all items of a list, page by page. The next page is counted, not taken from the `Link`: what a proxy
        makes of that address need not be the API's."""
        for page in range(1, PAGES + 1):
            response = self._ask("GET", path, query={**query, "page": str(page)})
            items = self._json(response)
            if not isinstance(items, list):
                raise self._no_api()
            yield from items
            if "next" not in response.links:
                return

    def send(self, method: str, path: str, body: Mapping[str, Any], *, twice: bool) -> Any:
        """Returns the JSON that answers a request, None for an empty answer. `twice`: doing it again does no harm, so
        it is tried again where no answer came; without it, `UnansweredRequest` is raised."""
        response = self._ask(method, path, body=body, twice=twice)
        return self._json(response) if response.content.strip() else None

    def _ask(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        twice: bool = True,
    ) -> httpx.Response:
        url = f"{self.repository.api}{path}"
        failed = 0
        redirected = 0
        while True:
            trouble, lost = "", False
            began = self.clock()
            try:
                response = self._client.request(method, url, params=query, json=body)
            except httpx.RequestError as error:
                trouble, lost = _trouble(error), not isinstance(error, _NOT_SENT)
            else:
                FORGE.debug("%s %s: %s", method, path, response.status_code, extra={"seconds": self.clock() - began})
                if response.status_code in _REDIRECT:
                    redirected += 1
                    url = self._redirect_path(response, method, redirected)
                    query = None  # the new address has it
                    continue
                wait = seconds_to_wait(response, self.clock())
                if wait is not None:
                    self._wait(wait, "")
                    continue
                if response.status_code < 500:
                    return self._accept(response, method, path)
                trouble, lost = f"it answers {response.status_code} {self._error_text(response)}".rstrip(), True
            failed += 1
            if lost and not twice:
                raise UnansweredRequest(
                    f"{self._host}: {trouble}: what was asked for may have been done, so run it again"
                )
            if failed == TRIES:
                raise OutsideError(f"{self._host}: {trouble}: try again later")
            self._wait(2.0 ** (failed - 1), trouble)

    @property
    def _host(self) -> str:
        return f"{self.forge} at {urlsplit(self.repository.api).netloc}"

    def _wait(self, seconds: float, trouble: str) -> None:
        """Wait before the next try, after a trouble or, where there was none, for the end of a rate limit."""
        if self._waited + seconds > PATIENCE:
            when = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(self.clock() + seconds))
            reason = "it does not answer" if trouble else "its rate limit is used up"
            raise OutsideError(f"{self._host}: {reason}: try again after {when}")
        FORGE.info("%s: %s: tried again in %.0f s", self._host, trouble or "its rate limit is used up", seconds)
        self._waited += seconds
        self.sleep(seconds)

    def _redirect_path(self, response: httpx.Response, method: str, count: int) -> str:
        """Returns where to ask instead: a renamed repository has another path, but never another host."""
        target = response.next_request.url if response.next_request else None
        if target is None or count > REDIRECTS:
            raise OutsideError(f"{self._host}: its redirects lead nowhere: try again later")
        here = httpx.URL(self.repository.api)
        if (target.scheme, target.host, target.port) != (here.scheme, here.host, here.port):
            message = f"{self._host} sends requests on to {target.host}, and the token is not sent there: "
            raise RefusedError(f"{message}correct the remote's URL or spec.forge.url", response.status_code, "")
        if response.status_code not in (307, 308) and method != "GET":
            message = f"{self._host}: {self.repository.path} has moved: correct the remote's URL or spec.forge.project"
            raise RefusedError(message, response.status_code, "")
        return str(target)

    def _accept(self, response: httpx.Response, method: str, path: str) -> httpx.Response:
        """Returns the response, where it is none of a refusal."""
        if response.is_success:
            return response
        status, said = response.status_code, self._error_text(response)
        words = f": {said}" if said else ""
        if status == 401:
            message = f"it does not accept the token in {self.token.variable} (wrong, expired or revoked){words}"
        elif status == 403:
            message = f"it does not let the token in {self.token.variable} do this{words}; needed is {self.needs}"
            if "X-GitHub-SSO" in response.headers:
                message += ", authorized for the organization's single sign-on"
        elif status == 404:
            message = f"{path} is not there, or the token in {self.token.variable} cannot see it{words}"
        else:
            message = f"it refuses {method} {path} ({status}){words}"
        raise RefusedError(f"{self._host}: {message}", status, said)

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise self._no_api() from None

    def _no_api(self) -> InputError:
        message = (
            f"{self._host} does not answer like the API of {self.forge}: correct spec.forge.url or spec.forge.type"
        )
        return RefusedError(message, 200, "")

    def _error_text(self, response: httpx.Response) -> str:
        """Returns what the forge says of it, as one line, with the token left out should it be in there."""
        try:
            data = response.json()
        except ValueError:
            return ""
        parts = dict.fromkeys(_texts(data)) if isinstance(data, dict) else {}
        line = hide_secrets(" ".join("; ".join(parts).split()).replace(self.token.secret, HIDDEN))
        return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."


def _texts(data: Any) -> Iterator[str]:
    """GitHub: message, and errors with messages or fields. GitLab: message or error, as text, list or map of lists.
    Gitea: message."""
    if isinstance(data, str):
        yield "".join(c if c.isprintable() else " " for c in data)
    elif isinstance(data, list):
        for item in data:
            yield from _texts(item)
    elif isinstance(data, dict) and "code" in data and "message" not in data:
        yield f"{data.get('field', data.get('resource', 'a field'))} is {data['code']}"
    elif isinstance(data, dict):
        known = [data[key] for key in ("message", "error", "errors", "error_description") if key in data]
        for item in known or data.values():
            yield from _texts(item)


def _trouble(error: httpx.RequestError) -> str:
    """Returns what kept the request from being answered. Only for failed connections are the words of the library
    shown: they speak of the network and of no header."""
    if isinstance(error, httpx.TimeoutException):
        return "it does not answer in time"
    if isinstance(error, _NOT_SENT):
        words = hide_secrets(" ".join(str(error).split()))[:SHOWN] or "no connection"
        if "CERTIFICATE_VERIFY_FAILED" in words:
            return "its certificate is not trusted (SSL_CERT_FILE names a file of authorities to trust)"
        return f"it cannot be reached ({words})"
    return "the connection broke"
