"""Rules on releases: how far a move may go, what works beside what, and what is supported on a day."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from render.areas import CNI
from render.codes import Severity
from render.errors import InputError
from render.hazards.upgrades import Crossing, crossings
from render.kustomize.resource import Resource
from render.lint.rule import Rule, Violation
from render.lint.view import View
from render.messages import FieldPath, count
from render.plan.cluster import PlannedRevision
from render.plan.inventory import Inventory
from render.plan.node_agents import PlannedAgent
from render.plan.workloads import TEMPLATES
from render.specs import releases
from render.specs.istio_operator.release import version_path
from render.specs.releases import Release
from render.yamlio.location import value_at

IMAGE_ANNOTATION = "sidecar.istio.io/proxyImage"
# How far apart control planes may be: Istio's guides to upgrading in place and by revision.
IN_PLACE, BY_REVISION = 1, 2


def in_place_minor_skips(view: View) -> Iterator[Violation]:
    """A control plane or node agent that is changed where it is, over more than one minor."""
    for crossing in _moves(view):
        gap = minors(crossing.from_version, crossing.to_version)
        if crossing.in_place and gap > IN_PLACE:
            way = _way(crossing)
            message = (
                f"goes from {crossing.from_version} to {crossing.to_version} in place, over {gap} minors, and Istio "
                f"supports {IN_PLACE} at a time: {way}"
            )
            yield _violation(message, _spec(view, crossing))


def revision_minor_skips(view: View) -> Iterator[Violation]:
    """A revision beside another that is still used, or else was the last, over more than two minors."""
    by_name = {revision.name: revision for revision in view.plan.revisions}
    for crossing in _moves(view):
        gap = minors(crossing.from_version, crossing.to_version)
        if crossing.in_place or gap <= BY_REVISION:
            continue
        before = by_name[crossing.before or ""]
        kin = [one for one in by_name.values() if one.frozen and one.record.istio == crossing.istio]
        if before.usage.status == "True" or not any(_newer(one, before) for one in kin):
            message = (
                f"takes over from {before.name} ({crossing.from_version}) with {crossing.to_version}, over {gap} "
                f"minors, and Istio supports {BY_REVISION} between two revisions: bring in one between them first"
            )
            yield _violation(message, _spec(view, crossing))


def proxies_ahead(view: View) -> Iterator[Violation]:
    """Proxies that are newer than what configures them: by a step back, by an image of their own, or as observed."""
    for crossing in _moves(view):
        if crossing.in_place and crossing.revision and minors(crossing.from_version, crossing.to_version) < 0:
            message = (
                f"goes back from {crossing.from_version} to {crossing.to_version} in place: pods keep the newer proxy "
                "until they are restarted, and a proxy must not be newer than its control plane"
            )
            yield _violation(message, _spec(view, crossing), "warning")
    yield from _images(view)
    yield from _workload_images(view)
    yield from _observed_images(view)


def cni_skew(view: View) -> Iterator[Violation]:
    """The CNI node agent of 1.x works with control planes 1.x and 1.x+1 (Istio, installing the CNI node agent)."""
    return _skew(view, view.plan.cni)


def ztunnel_skew(view: View) -> Iterator[Violation]:
    """ztunnel of 1.x works with control planes 1.x and 1.x+1 (Istio, upgrading ambient mode)."""
    return _skew(view, view.plan.ztunnel)


def out_of_support(view: View) -> Iterator[Violation]:
    """A release whose minor gets no fixes any more on the day of the commit."""
    if view.today is None:
        return
    current = [name for name, minor in view.plan.specs.releases.minors.items() if _is_supported(minor, view.today)]
    uses: list[tuple[str, str, Resource, FieldPath]] = []
    for one in view.plan.revisions:
        if one.resource:
            uses.append((one.record.version, "", one.resource, version_path(one.resource.data)))
        elif one.usage.status == "True":
            uses.append((one.record.version, f"revision {one.name}: ", view.spec_of(one), ("metadata", "name")))
    uses += [
        (agent.version, "", agent.spec.resource, version_path(agent.spec.resource.data)) for agent in _agents(view)
    ]
    for version, of, resource, path in uses:
        minor = view.plan.specs.releases.minors.get(releases.parse(version).line)
        if minor and minor.ended and minor.ended <= view.today:
            message = (
                f"{of}{version} gets no fixes any more: support of {minor.name} ended on {minor.ended} "
                f"(supported on {view.today}: {', '.join(current) or 'no release that is known here'})"
            )
            yield Violation(message, resource, path)


def kubernetes_outside(view: View) -> Iterator[Violation]:
    """A Kubernetes that Istio does not test a release with (https://istio.io/latest/docs/releases/supported-releases/).

    Frozen revisions count too: their istiod runs."""
    specs = view.plan.specs
    kubernetes = specs.cluster.kubernetes
    if kubernetes is None:
        return
    uses = {one.record.version: f"revision {one.name}" for one in view.plan.revisions}
    uses |= {agent.version: agent.spec.resource.title for agent in _agents(view)}
    for version, what in sorted(uses.items()):
        minor = specs.releases.minors.get(releases.parse(version).line)
        if minor and not minor.supports(kubernetes.release):
            message = (
                f"is {kubernetes.version}, and Istio {minor.name} ({what}, {version}) supports "
                f"{minor.kubernetes[0]} to {minor.kubernetes[1]}"
            )
            written = value_at(specs.cluster.resource.data, "spec", "kubernetesVersion")
            path = ("spec", "kubernetesVersion") if written else ("spec", "kubernetes", "version")
            yield Violation(message, specs.cluster.resource, path)


def charts_not_compared(view: View) -> Iterator[Violation]:
    """A release that came after the last one of its minor whose charts the builtin facts were compared with.

    Frozen revisions are what they are: nothing renders them again.
    """
    uses = [(one.record.version, one.record.source, one.resource) for one in view.plan.revisions if one.resource]
    uses += [(agent.version, agent.source, agent.spec.resource) for agent in _agents(view)]
    for version, source, resource in uses:
        checked = releases.nearest_checked(version) if source == "builtin" else None
        if checked:
            message = (
                f"{version} is rendered from the facts of {checked}, the nearest release whose charts the builtin "
                f"manifests were compared with. Exact are {releases.CHARTS}"
            )
            yield _violation(message, resource)


def unknown_release(view: View) -> Iterator[Violation]:
    """A release that comes from its charts, and of which this program knows nothing: told once for each."""
    known = releases.builtin_releases().versions(aliases=False)
    uses = [(one.record.version, one.resource) for one in view.plan.revisions if one.resource]
    uses += [(agent.version, agent.spec.resource) for agent in _agents(view)]
    told: set[str] = set()
    for version, resource in uses:
        if version in known or version in told or resource is None:
            continue
        told.add(version)
        has_window = releases.parse(version).line in view.plan.specs.releases.minors
        unknown = "known hazards and skew" if has_window else "known hazards, skew, support and versions of Kubernetes"
        message = (
            f"{version} is rendered from its charts, which is exact; this meshrev does not know the release, so "
            f"nothing is said of its {unknown}. Read its upgrade notes, or use a newer meshrev"
        )
        yield _violation(message, resource)


def minors(start: str, target: str) -> int:
    """Returns how many minors a release is after another; negative where it is before it."""
    first, last = releases.parse(start), releases.parse(target)
    return (last.major - first.major) * 100 + last.minor - first.minor


def _moves(view: View) -> list[Crossing]:
    return crossings(view.plan, Inventory(view.before.revisions), view.before.agents)


def _violation(message: str, resource: Resource, severity: Severity | None = None) -> Violation:
    """Returns a violation at the version that a spec names."""
    return Violation(message, resource, version_path(resource.data), severity)


def _spec(view: View, crossing: Crossing) -> Resource:
    """Returns the spec whose version moves."""
    if crossing.revision is None:
        agent = view.plan.cni if CNI in crossing.components else view.plan.ztunnel
        assert agent is not None
        return agent.spec.resource
    return view.spec_of(view.plan.revision(crossing.revision))


def _way(crossing: Crossing) -> str:
    if crossing.revision is None:
        return "go through each minor between them"
    return "go through each minor between them, or use the strategy RevisionBased"


def _newer(one: PlannedRevision, than: PlannedRevision) -> bool:
    return releases.parse(one.record.version) > releases.parse(than.record.version)


def _images(view: View) -> Iterator[Violation]:
    """Image tags in a revision's values: `global.tag` is also the proxies', `pilot.tag` only istiod's."""
    for revision in view.plan.revisions:
        values = revision.record.values
        general, own = _release(value_at(values, "global", "tag")), _release(value_at(values, "pilot", "tag"))
        proxy = general or _release(revision.record.version)
        control = own or proxy
        if proxy and control and (proxy.major, proxy.minor) > (control.major, control.minor):
            path = ("global", "tag") if general else ("pilot", "tag")
            message = (
                f"gives proxies of {proxy} to a control plane of {control}: a proxy must not be newer than what "
                "configures it. Raise pilot.tag first"
            )
            yield Violation(message, view.spec_of(revision), ("spec", "values", *path))


def _workload_images(view: View) -> Iterator[Violation]:
    """A workload may name the proxy's image itself. Which revision serves it is not looked for: newer than all is."""
    newest = max((releases.parse(one.record.version) for one in view.plan.revisions), default=None)
    for resource in view.plan.specs.extra if newest else ():
        template = TEMPLATES.get((resource.group, resource.kind))
        if template is None:
            continue
        image = value_at(resource.data, *template, "metadata", "annotations", IMAGE_ANNOTATION)
        proxy = _release(str(image).rpartition(":")[2])
        if proxy and newest and (proxy.major, proxy.minor) > (newest.major, newest.minor):
            message = f"asks for a proxy of {proxy}, and the newest control plane here is {newest}. Take it out"
            yield Violation(message, resource, (*template, "metadata", "annotations", IMAGE_ANNOTATION))


def _observed_images(view: View) -> Iterator[Violation]:
    """Proxies that were seen in the cluster, by the revision that injected them."""
    if view.observation is None:
        return
    by_name = {revision.name: revision for revision in view.plan.revisions}
    for (name, version), pods in sorted(view.observation.proxies.items()):
        revision, proxy = by_name.get(name), _release(version)
        if revision is None or proxy is None:
            continue
        gap = minors(str(proxy), revision.record.version)
        observed = f"{count(pods, 'pod')} of {name}, as observed, with a proxy of {proxy}"
        path = version_path(revision.resource.data) if revision.resource else ("metadata", "name")
        if gap < 0:
            message = f"has {observed}, newer than the control plane's {revision.record.version}: restart them"
            yield Violation(message, view.spec_of(revision), path)
        elif gap > 1:
            message = (
                f"has {observed}, {gap} minors older than the control plane's {revision.record.version}, and Istio "
                "supports 1: restart them before it moves on"
            )
            yield Violation(message, view.spec_of(revision), path, "warning")


def _skew(view: View, agent: PlannedAgent | None) -> Iterator[Violation]:
    for revision in view.plan.revisions if agent else ():
        assert agent is not None
        gap = minors(agent.version, revision.record.version)
        if gap in (0, 1):
            continue
        used = revision.active or revision.usage.status == "True"
        mend = "leave it until that revision is retired" if gap < 0 else "raise it first, a minor at a time"
        message = (
            f"{agent.version} does not work with revision {revision.name} ({revision.record.version}): it serves "
            f"control planes of its own minor and of the next one. {mend.capitalize()}"
        )
        yield _violation(message, agent.spec.resource, None if used else "info")


def _agents(view: View) -> Iterator[PlannedAgent]:
    return (agent for agent in (view.plan.cni, view.plan.ztunnel) if agent)


def _is_supported(minor: releases.Minor, day: str) -> bool:
    return minor.released <= day and (minor.ended is None or day < minor.ended)


def _release(tag: Any) -> Release | None:
    """Returns the release of an image tag such as `1.24.3-distroless`, None where it names none."""
    match = re.match(r"v?\d+\.\d+\.\d+", str(tag), re.ASCII)
    try:
        return releases.parse(match[0]) if match else None
    except InputError:
        return None


RULES = (
    Rule(
        "MR120",
        "Istio supports one minor at a time in place; over more, old proxies meet a control plane they cannot use.",
        in_place_minor_skips,
    ),
    Rule(
        "MR121",
        "Istio supports a new revision beside one that is up to two minors older.",
        revision_minor_skips,
    ),
    Rule(
        "MR122",
        "A control plane may be one minor ahead of its proxies, and must never be behind them.",
        proxies_ahead,
    ),
    Rule(
        "MR123",
        "A node agent of 1.x works with control planes 1.x and 1.x+1; outside of that pods may not start.",
        cni_skew,
    ),
    Rule(
        "MR124",
        "A ztunnel of 1.x works with control planes 1.x and 1.x+1; outside of that ambient traffic may stop.",
        ztunnel_skew,
    ),
    Rule(
        "MR125",
        "Its minor gets no fixes any more, those of security among them.",
        out_of_support,
    ),
    Rule(
        "MR126",
        "What its charts changed since the release that was compared is not in what is rendered.",
        charts_not_compared,
    ),
    Rule(
        "MR127",
        "What the program does not know of a release it cannot warn of.",
        unknown_release,
    ),
    Rule(
        "MR317",
        "Istio does not test the two together: an API that one of them needs may be missing.",
        kubernetes_outside,
    ),
)
