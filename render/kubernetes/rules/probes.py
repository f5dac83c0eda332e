"""How containers are asked whether they live, and what they do at their start and end."""

from __future__ import annotations

from collections.abc import Iterable

from render.kubernetes import syntax
from render.kubernetes.refusal import Data, Refusal, Refusals, in_range, needs, one_of
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
    yield from needs(data, "command")


def reached_port(data: Data) -> Refusals:
    """Checks the port of an HTTP or TCP action: a number, or the name of one of the container's."""
    yield from port_or_name(data, "port")
    for index, header in enumerate(data.get("httpHeaders") or ()):
        complaint = syntax.header_name(header["name"])
        if complaint:
            yield Refusal(("httpHeaders", index, "name"), complaint)


def grpc_action(data: Data) -> Refusals:
    yield from in_range(data, "port", 1, 65535)


def container_probes(data: Data) -> Refusals:
    """Checks the probes of a container by what each of them is for."""
    for probe in ("livenessProbe", "startupProbe"):
        if (data.get(probe) or {}).get("successThreshold") not in (None, 0, 1):
            yield Refusal((probe, "successThreshold"), "must be 1")
    if (data.get("readinessProbe") or {}).get("terminationGracePeriodSeconds") is not None:
        yield Refusal(("readinessProbe", "terminationGracePeriodSeconds"), "must not be there")


def init_containers(data: Data) -> Refusals:
    """Checks that an init container that ends before the others begin is not asked how it is."""
    for index, one in enumerate(data.get("initContainers") or ()):
        if one.get("restartPolicy") != "Always":
            for name in one_of(one, ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")):
                yield Refusal(("initContainers", index, name), "must not be there unless restartPolicy is Always")
