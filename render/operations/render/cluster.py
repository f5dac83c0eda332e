"""One cluster through the rooms: specs and the previous tree in, what its folder is to hold out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from render.errors import InputError, wrong
from render.finding import Finding
from render.git.log import commit_with, folders_at_head
from render.kustomize.problem import Problem
from render.manifests.cluster import bundles
from render.operations.render.crds import crds_problems, shared_folders
from render.operations.render.handover import delivered
from render.operations.render.proof import injection_problems
from render.plan.cluster import ClusterPlan, plan_cluster
from render.plan.inventory import Inventory
from render.specs.kinds import ClusterSpecs, Fleet
from render.tree.files import ClusterFiles, cluster_files
from render.tree.layout import revision_folder
from render.tree.store.drift import Changes, about_line_endings, about_strangers, compare
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.read_inventory import read_inventory, read_merged
from render.version import VERSION

Locate = Callable[[Problem], Finding]


@dataclass(frozen=True, slots=True)
class RenderedCluster:
    """What the cluster's folder is to hold and how it differs; `findings` are warnings and notes."""

    plan: ClusterPlan
    files: ClusterFiles
    changes: Changes
    findings: tuple[Finding, ...]


def planned(specs: ClusterSpecs, previous: Inventory, locate: Locate) -> tuple[ClusterPlan, list[Finding]]:
    """The cluster's plan and its warnings; an `InputError` with everything that makes it unusable."""
    plan = plan_cluster(specs, previous, program=VERSION)
    return plan, _only_warnings([locate(problem) for problem in plan.problems])


def planned_from_tree(specs: ClusterSpecs, output: FleetFolder, locate: Locate) -> ClusterPlan:
    """The plan beside the tree as it is, for answers that write nothing."""
    return planned(specs, read_inventory(output, specs.cluster.name), locate)[0]


def rendered(fleet: Fleet, specs: ClusterSpecs, output: FleetFolder, locate: Locate) -> RenderedCluster:
    """Plan, render and prove one cluster, and compare it with the tree. Writes nothing.

    An `InputError` holds all that keeps it from being written: mistakes in the specs, labels that two webhooks
    match, frozen files that are not as they were (with the commit to take them from), what stands in the way.
    """
    name = specs.cluster.name
    _refuse_to_forget(output, name)
    inventory, merged = read_merged(output, name)
    plan, findings = planned(specs, inventory, locate)
    _only_warnings([locate(problem) for problem in crds_problems(specs, output)])
    made = list(bundles(plan))
    findings += _only_warnings([locate(p) for p in injection_problems(plan, made, output / name)])
    frozen = [revision.name for revision in plan.revisions if revision.frozen]
    shared = shared_folders(specs)
    handed, beside = delivered(fleet, plan, made, next(iter(shared), None))
    files = cluster_files(name, [*made, *handed], inventory, frozen, shared, beside)
    changes = compare(output, name, files, inventory)
    _only_warnings([locate(problem) for problem in _istiods_going(plan, changes)])
    wrong = [damaged.finding(commit_with(output.root, damaged.file, damaged.sha256)) for damaged in changes.damaged]
    if wrong or changes.blocked:
        raise InputError([*wrong, *changes.blocked])
    findings += [*merged, *about_strangers(output, name, changes.strangers), *about_line_endings(output, changes)]
    return RenderedCluster(plan, files, changes, tuple(findings))


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


def _refuse_to_forget(output: FleetFolder, cluster: str) -> None:
    """A tree that is committed but not here would be rendered without its frozen revisions, which may be in use."""
    folder = output.title(cluster)
    if not (output / cluster).exists() and folder in folders_at_head(output.root, output.title()):
        message = (
            "is in the last commit but not here, and with it would go its frozen revisions: "
            f"git checkout HEAD -- {folder} (to render it from nothing, remove it in a commit first)"
        )
        raise wrong("MR089", message, file=folder)


def _only_warnings(findings: list[Finding]) -> list[Finding]:
    if any(finding.severity == "error" for finding in findings):
        raise InputError(finding for finding in findings if finding.severity == "error")
    return findings
