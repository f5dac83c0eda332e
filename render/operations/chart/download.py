"""Files from a server: over a trusted connection, from the host that was named, and no more than is expected.

No credentials are sent but a registry's own short-lived token, and none may stand in an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx

from render.errors import InputError, OutsideError, wrong
from render.forge.address import is_loopback
from render.messages import one_line
from render.secrets import hide_secrets

CODE = "MR285"
TIMEOUT = httpx.Timeout(60, connect=10)  # seconds
_REDIRECTS = 5
_REDIRECT = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Download:
    """An answer that is no redirect, whole."""

    status: int
    headers: httpx.Headers
    content: bytes


class Downloads:
    """Connections to the host of an address; a context manager. `InputError` for an address that is not to be
    trusted."""

    def __init__(self, address: str) -> None:
        self.host = _origin(address)
        direct = {"all://127.0.0.1": None, "all://localhost": None, "all://[::1]": None}
        headers = {"User-Agent": "meshrev", "Accept-Encoding": "identity"}
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT, follow_redirects=False, mounts=direct)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def get(
        self, url: str, most: int, headers: Mapping[str, str] | None = None, *, other_hosts: bool = False
    ) -> Download:
        """Returns the answer to a request, of at most so many bytes.

        A redirect is followed on the same host; to others only with `other_hosts`, for content that is known by its
        digest already, and without the headers; from https to http never. `OutsideError` where the server cannot be
        reached, breaks off, or fails; `InputError` for a redirect that is not followed and for more bytes.
        """
        asked = self._trusted_origin(url)
        for _ in range(_REDIRECTS + 1):
            answer = self._ask(url, most, headers)
            if answer.status not in _REDIRECT:
                return answer
            target = str(httpx.URL(url).join(answer.headers.get("Location", "")))
            there = self._trusted_origin(target)
            if there != asked:
                if not other_hosts:
                    message = (
                        f"{_plain(url)} sends on to another host, {there[1]}: name that one with --from to trust it"
                    )
                    raise wrong(CODE, message)
                headers = None
            url = target
        raise OutsideError(f"{_plain(url)}: its redirects lead nowhere: try again later")

    def _trusted_origin(self, url: str) -> tuple[str, str]:
        """Returns scheme and host of an address that a server names: one elsewhere does not send to this machine."""
        origin = _origin(url)
        if origin[0] != "https" and self.host[0] == "https":
            raise wrong(CODE, f"{self.host[1]} sends on to {_plain(url)}, without https: nothing is asked there")
        return origin

    def _ask(self, url: str, most: int, headers: Mapping[str, str] | None) -> Download:
        try:
            with self._client.stream("GET", url, headers=dict(headers or {})) as response:
                if response.status_code in _REDIRECT:
                    return Download(response.status_code, response.headers, b"")
                if response.status_code >= 500 or response.status_code == 429:
                    raise OutsideError(f"{_plain(url)}: the server answers {response.status_code}: try again later")
                content = bytearray()
                for part in response.iter_raw():
                    content += part
                    if len(content) > most:
                        raise wrong(CODE, f"{_plain(url)} has more than {most} bytes, and what is wanted has fewer")
                return Download(response.status_code, response.headers, bytes(content))
        except httpx.RequestError as error:
            words = one_line(hide_secrets(str(error)))[:200] or "no answer"
            raise OutsideError(f"{_plain(url)} cannot be fetched ({words}): try again") from None


def expect(answer: Download, url: str) -> bytes:
    """Returns the content of an answer. `InputError` where the server has no such thing or does not give it."""
    if answer.status == 200:
        return answer.content
    raise refusal(answer, url)


def refusal(answer: Download, url: str) -> InputError:
    """Returns what to say of an answer that gives nothing."""
    if answer.status in (401, 403):
        message = "none is sent: fetch the charts yourself (`helm pull`), and name their folder with --from"
        return wrong(CODE, f"{_plain(url)} wants a password (the server answers {answer.status}), and {message}")
    why = "is not there" if answer.status == 404 else f"is not given (the server answers {answer.status})"
    return wrong(CODE, f"{_plain(url)} {why}")


def _plain(url: str) -> str:
    return one_line(hide_secrets(url).partition("?")[0])[:200]


def _origin(url: str) -> tuple[str, str]:
    """Returns scheme and host with its port of an address. `InputError` where it is not to be trusted."""
    try:
        parts = urlsplit(url)
        host, at = parts.hostname, parts.netloc.rpartition("@")[2]
        _ = parts.port
    except ValueError:
        raise wrong(CODE, f"{_plain(url)} is not an address") from None
    if "@" in parts.netloc:
        raise wrong(CODE, f"{_plain(url)}: an address holds no name or password: it is written into the lock")
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))):
        raise wrong(CODE, f"{_plain(url)}: charts come over https only (http only from this machine itself)")
    return parts.scheme, at
