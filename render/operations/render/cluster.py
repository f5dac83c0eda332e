"""One cluster through the rooms: specs and the previous tree in, what its folder is to hold out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from render.errors import InputError, wrong
from render.finding import Finding
from render.git.head import commit_with
from render.kustomize.problem import Problem
from render.manifests.bundle import Bundle
from render.manifests.cluster import bundles
from render.manifests.ineffective_variables import ineffective_variables
from render.manifests.patches import PatchedBundles, patch_bundles
from render.manifests.sources import source_problems
from render.operations.render.crds import cluster_crds, crds_problems, shared_folders
from render.operations.render.delivery_files import delivery_files
from render.operations.render.gateway_proof import gateway_injection_problems
from render.operations.render.injection_proof import WebhookFile, injection_problems, standing_webhooks
from render.operations.render.injector_names import injector_name_problems
from render.plan.cluster import ClusterPlan, plan_cluster
from render.plan.inventory import Inventory
from render.specs.kinds import ClusterSpecs, Crds, Fleet
from render.tree.files import ClusterFiles, cluster_files
from render.tree.layout import MANAGED_REVISIONS, revision_folder
from render.tree.store.drift import Changes, DamagedFile, about_line_endings, about_strangers, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_merged
from render.version import VERSION

Locate = Callable[[Problem], Finding]


@dataclass(frozen=True, slots=True)
class RenderedCluster:
    """What the cluster's folder is to hold and how it differs; `findings` are warnings and notes."""

    plan: ClusterPlan
    files: ClusterFiles
    changes: Changes
    findings: tuple[Finding, ...]
    crds: Crds | None


@dataclass(frozen=True)
class Pipeline:
    """One cluster on its way from specs to objects, for every command that asks something of it.

    A step is taken once, when it is asked for; a plan that holds an error is the last one that may be. `output` is the
    folder of all trees, `previous` what the cluster's own held.
    """

    specs: ClusterSpecs
    output: FleetFolder
    previous: Inventory

    @property
    def folder(self) -> Path:
        """Where the cluster's tree lies."""
        return self.output / self.specs.cluster.name

    @cached_property
    def plan(self) -> ClusterPlan:
        return plan_cluster(self.specs, self.previous, program=VERSION)

    @cached_property
    def crds(self) -> Crds | None:
        """The definitions that the cluster applies. `InputError` where a chart that has them is not vendored."""
        return cluster_crds(self.plan, self.output)

    @cached_property
    def patched(self) -> PatchedBundles:
        """What is rendered anew, with patches applied. `InputError` where a component cannot be."""
        return patch_bundles(self.plan, bundles(self.plan))

    @property
    def bundles(self) -> tuple[Bundle, ...]:
        """What is rendered anew. `InputError` where a component cannot be."""
        return self.patched.bundles

    @cached_property
    def webhooks(self) -> list[WebhookFile]:
        """The webhook configurations as they will stand in the cluster, those of frozen revisions included."""
        return standing_webhooks(self.plan, self.bundles, self.folder)

    @cached_property
    def planning_problems(self) -> tuple[Problem, ...]:
        """What is wrong with the plan, and with the definitions that it needs."""
        problems = (*self.plan.problems, *crds_problems(self.specs, self.output))
        return problems if has_errors(problems) else (*problems, *source_problems(self.plan))

    @cached_property
    def problems(self) -> tuple[Problem, ...]:
        """Those of planning and, where none of them is an error, what is wrong with the objects, and with who injects
        whom."""
        found = self.planning_problems
        if has_errors(found):
            return found
        from render.manifests.api_server import api_server_problems  # Kubernetes' rules: not for who plans alone

        of_objects = [
            *self.patched.problems,
            *(problem for bundle in self.bundles for problem in bundle.problems),
            *ineffective_variables(self.plan, self.bundles),
            *api_server_problems(self.plan, self.bundles),
        ]
        of_injection = injection_problems(self.plan, self.webhooks)
        named = injector_name_problems(self.plan, self.webhooks, self.previous)
        of_gateways = gateway_injection_problems(self.plan, self.bundles, self.webhooks)
        return (*found, *of_objects, *of_injection, *named, *of_gateways)


def has_errors(problems: Iterable[Problem]) -> bool:
    """Returns whether any problem keeps the cluster from being rendered."""
    return any(problem.severity == "error" for problem in problems)


def usable_plan(pipeline: Pipeline, locate: Locate) -> ClusterPlan:
    """Returns the cluster's plan; raises an `InputError` with everything that makes it unusable."""
    _only_warnings([locate(problem) for problem in pipeline.plan.problems])
    return pipeline.plan


def render_cluster(
    fleet: Fleet, specs: ClusterSpecs, output: FleetFolder, locate: Locate, committed: Callable[[], frozenset[str]]
) -> RenderedCluster:
    """Plan, render and prove one cluster, and compare it with the tree. Writes nothing. `committed` tells which folders
    of the output the last commit has.

    An `InputError` holds all that keeps it from being written: mistakes in the specs, labels that two webhooks
    match, frozen files that are not as they were (with the commit to take them from), what stands in the way.
    """
    name = specs.cluster.name
    _refuse_to_forget(output, name, committed)
    inventory, merged = read_merged(output, name)
    pipeline = Pipeline(specs, output, inventory)
    findings = _only_warnings([locate(problem) for problem in pipeline.problems])
    plan, made = pipeline.plan, pipeline.bundles
    shared = shared_folders(pipeline.crds)
    handed, beside = delivery_files(fleet, plan, made, next(iter(shared), None), pipeline.folder, inventory.files)
    if plan.managed:
        beside = {**beside, MANAGED_REVISIONS: "".join(f"{one.name}\n" for one in plan.managed).encode()}
    files = cluster_files(name, [*made, *handed], inventory, plan.frozen, shared, beside)
    changes = compare(output, name, files, inventory)
    _only_warnings([locate(problem) for problem in _istiods_going(plan, changes)])
    wrong = damage_findings(output, changes.damaged)
    if wrong or changes.blocked:
        raise InputError([*wrong, *changes.blocked])
    findings += [*merged, *about_strangers(output, name, changes.strangers), *about_line_endings(output, changes)]
    return RenderedCluster(plan, files, changes, tuple(findings), pipeline.crds)


def damage_findings(output: FleetFolder, damaged: Iterable[DamagedFile]) -> list[Finding]:
    """Returns what is wrong with files of frozen revisions, each with a commit to take it from."""
    return [one.finding(commit_with(output.root, one.file, one.sha256)) for one in damaged]


def _istiods_going(plan: ClusterPlan, changes: Changes) -> list[Problem]:
    """Nothing in use disappears: a revision that something uses does not lose its istiod by a change of its values."""
    problems = []
    for revision in plan.revisions:
        istiod = f"{revision_folder(revision.name)}/deployment-istiod"
        if revision.resource and revision.usage.status == "True" and any(p.startswith(istiod) for p in changes.removed):
            users = ", ".join(revision.usage.by[:3])
            message = f"would remove the istiod of revision {revision.name}, which is in use ({users}): move them first"
            problems.append(Problem("MR068", message, revision.resource, ("spec",)))
    return problems


def _refuse_to_forget(output: FleetFolder, cluster: str, committed: Callable[[], frozenset[str]]) -> None:
    """A tree that is committed but not here would be rendered without its frozen revisions, which may be in use."""
    folder = output.title(cluster)
    if not (output / cluster).exists() and folder in committed():
        message = (
            "is in the last commit but not here, and with it would go its frozen revisions: "
            f"git checkout HEAD -- {folder} (to render it from nothing, remove it in a commit first)"
        )
        raise wrong("MR089", message, file=folder)


def _only_warnings(findings: list[Finding]) -> list[Finding]:
    if any(finding.severity == "error" for finding in findings):
        raise InputError(finding for finding in findings if finding.severity == "error")
    return findings
