"""What a person does in the clusters once a commit that takes something back, or a cluster away, is on its branch.

A host has to be told where it does not look by itself, or does something else: an operation of Argo CD that still runs
takes no newer commit and refuses a second one (gitops-engine/pkg/sync and server/application of argoproj/argo-cd).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from render.areas import FLUX
from render.manifests.argocd import CLUSTER_FILE, application_name
from render.manifests.delivery import HOMES, from_root
from render.specs.kinds import ClusterSpecs, Fleet, Settings


def host_steps(fleet: Fleet, clusters: Iterable[ClusterSpecs]) -> tuple[str, ...]:
    """Returns the commands for these clusters, in the order in which they are run, each with what it is for behind a
    `#`. The kubeconfig's context of a cluster is taken to be called like the cluster."""
    return tuple(line for specs in clusters for line in _steps(fleet, specs))


def _steps(fleet: Fleet, specs: ClusterSpecs) -> Iterator[str]:
    settings, cluster = specs.settings, specs.cluster.name
    home = fleet.handover.namespace or HOMES.get(settings.delivery, "")
    if settings.delivery == "argocd":
        name = application_name(cluster)
        yield f"argocd app terminate-op {name}  # where a sync still runs: it would take no newer commit"
        # Automated ones too: of a commit that Argo CD looked at while the operation ran it later finds that nothing has
        # changed since, and does not sync it (`alreadyAttemptedSync` in controller/appcontroller.go).
        yield f"argocd app sync {name}"
    elif settings.delivery == "flux":
        yield from _reconcile_source(settings, cluster, home)
    else:
        path = from_root(fleet, cluster)
        yield f"kubectl --context {cluster} apply --server-side --force-conflicts -k {path}"


# What the command line of Flux calls the kinds of sources that look at something outside of the cluster.
_SOURCES = {"GitRepository": "git", "OCIRepository": "oci", "Bucket": "bucket"}


def _reconcile_source(settings: Settings, cluster: str, home: str) -> Iterator[str]:
    ref = settings.kustomization.get("sourceRef") or {"kind": "GitRepository", "name": settings.git_repository}
    if kind := _SOURCES.get(ref["kind"]):
        where = f"--context {cluster} -n {ref.get('namespace', home)}"
        yield f"flux {where} reconcile source {kind} {ref['name']}  # what reads it follows by itself"


def steps_after_leaving(fleet: Fleet, cluster: str, removed: Collection[str]) -> tuple[str, ...]:
    """Returns the commands for a cluster whose folder is gone, with all files that were in it (`removed`). What the
    host applied stays in the cluster and runs on; an Application that meshrev did not make stays, too, and asks for
    ever for a folder that is not there."""
    name = application_name(cluster)
    if any(path.endswith(f"/{CLUSTER_FILE}") for path in removed):
        return (f"argocd app get {name}  # goes with its file; if not: argocd app delete {name} --cascade=false",)
    if any(f"/{FLUX}/" in path for path in removed):
        home = fleet.handover.namespace or HOMES["flux"]
        orphaned = "it says deletionPolicy: Orphan, so the mesh stays"
        return (f"kubectl --context {cluster} -n {home} delete kustomization mesh  # the root, once {orphaned}",)
    if fleet.delivery == "argocd":
        return (f"argocd app delete {name} --cascade=false  # one made by hand, of whatever name; the mesh stays",)
    return ()
