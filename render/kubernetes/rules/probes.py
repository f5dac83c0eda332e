"""How containers are asked whether they live, and what they do at their start and end."""

from __future__ import annotations

from collections.abc import Iterable

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, one_of, required
from render.kubernetes.rules.networking import port_or_name

_HANDLERS = ("exec", "grpc", "httpGet", "tcpSocket")


def probe(data: Data) -> Refusals:
    yield from _handler(data, _HANDLERS)
    for name in ("failureThreshold", "initialDelaySeconds", "periodSeconds", "successThreshold", "timeoutSeconds"):
        yield from in_range(data, name, 0)
    yield from in_range(data, "terminationGracePeriodSeconds", 1)


def lifecycle_handler(data: Data) -> Refusals:
    yield from _handler(data, ("exec", "httpGet", "sleep", "tcpSocket"))


def _handler(data: Data, handlers: Iterable[str]) -> Refusals:
    given = one_of(data, handlers)
    if not given:
        yield Refusal((), f"must have one of {', '.join(handlers)}")
    elif len(given) > 1:
        yield Refusal((given[1],), f"must not be there beside {given[0]}")


def exec_action(data: Data) -> Refusals:
    yield from required(data, "command")


def reached_port(data: Data) -> Refusals:
    """The port of an HTTP or TCP action: a number, or the name of one of the container's."""
    yield from port_or_name(data, "port")
    for index, header in enumerate(data.get("httpHeaders") or ()):
        complaint = syntax.header_name(header["name"])
        if complaint:
            yield Refusal(("httpHeaders", index, "name"), complaint)


def grpc_action(data: Data) -> Refusals:
    yield from in_range(data, "port", 1, 65535)
