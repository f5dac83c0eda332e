"""Revisions of control planes outside of the repository: they inject here, and nothing is rendered for them.

Such are Google's channels, `asm-managed`, `asm-managed-rapid` and `asm-managed-stable`
(https://docs.cloud.google.com/service-mesh/docs/revisions-overview), and any that a fleet names.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from render.kustomize.problem import Problem
from render.plan.inventory import RevisionRecord
from render.plan.usage import References, Usage, revision_usage
from render.specs.kinds import ClusterSpecs, IstioRevisionTag, ManagedRevision
from render.specs.releases import known_versions, parse

NAMESPACE = "istio-system"


@dataclass(frozen=True, slots=True)
class PlannedManagedRevision:
    """A managed revision, and who uses it here."""

    spec: ManagedRevision
    usage: Usage

    @property
    def name(self) -> str:
        return self.spec.name


def plan_managed_revisions(
    specs: ClusterSpecs, found: References, tags: dict[str, str]
) -> tuple[PlannedManagedRevision, ...]:
    """Returns the managed revisions in order of name; `tags` are those that point at one, by name."""
    return tuple(
        PlannedManagedRevision(
            one,
            revision_usage(
                one.name,
                found,
                [tag for tag, target in sorted(tags.items()) if target == one.name],
                replaced=one.name in tags,
            ),
        )
        for one in sorted(specs.settings.managed, key=lambda one: one.name)
    )


def managed_revision_problems(specs: ClusterSpecs, names: Collection[str]) -> Iterator[Problem]:
    """Yields managed revisions with a name that is there already: of a revision of the specs or the tree, of a tag, or
    of another managed revision."""
    seen = {*names, *(tag.name for tag in specs.tags)}
    for index, one in enumerate(specs.settings.managed):
        if one.name in seen:
            message = f"{one.name} is a revision or tag of this cluster too: labels could not say which"
            yield Problem(
                "MR333", message, specs.settings.managed_resource, ("spec", "managedRevisions", index, "name")
            )
        seen.add(one.name)


def managed_target(specs: ClusterSpecs, tag: IstioRevisionTag) -> ManagedRevision | None:
    """Returns the managed revision that a tag points at, None where it points at none."""
    named = (one for one in specs.settings.managed if one.name == tag.target.name)
    return next(named, None) if tag.target.kind == "IstioRevision" else None


def tag_record(managed: ManagedRevision) -> RevisionRecord:
    """Returns what a tag on a managed revision is rendered from: the newest release, and the address that it calls."""
    version = max(known_versions(aliases=False), key=parse)
    return RevisionRecord(
        name=managed.name,
        version=version,
        requested=version,
        namespace=NAMESPACE,
        istio=None,
        profile=None,
        platform=None,
        values={"istiodRemote": {"injectionURL": managed.injection_url}},
        source="builtin",
        program="",
    )
