"""The Secrets by which istiods read the API servers of other clusters: which there have to be, and what each is called.

No Secret is ever in the repository: this says who makes which, where. Source: `istioctl create-remote-secret` and what
istiod looks for (its label, and the name of the kubeconfig that its Deployment mounts).
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from render.plan.revision_names import istiod_service
from render.plan.topology.members import MeshMember, MeshRevision

READER = "istio-reader-service-account"
KUBECONFIG = "istio-kubeconfig"
_LABELS = {"istio/multiCluster": "true"}
_CLUSTER = "networking.istio.io/cluster"
# What a person fills in.
STORE, KEY, ENCRYPTED = "REPLACE-WITH-YOUR-STORE", "REPLACE-WITH-ITS-KEY", "REPLACE-WITH-WHAT-KUBESEAL-PRINTS"

Form = Literal["commands", "external-secret", "sealed-secret"]


@dataclass(frozen=True, slots=True)
class RemoteSecret:
    """A Secret of `holder`, in `namespace`, with a kubeconfig of `reads`, whose istiod is called `cluster` there.

    `account` is the ServiceAccount in `account_namespace` of the cluster that is read. `type` is `config` for the one
    kubeconfig of an external control plane.
    """

    type: Literal["remote", "config"]
    holder: str
    namespace: str
    reads: str
    cluster: str
    account: str
    account_namespace: str

    @property
    def name(self) -> str:
        return KUBECONFIG if self.type == "config" else f"istio-remote-secret-{self.cluster}"

    @property
    def key(self) -> str:
        return "config" if self.type == "config" else self.cluster

    @property
    def metadata(self) -> dict[str, Any]:
        """What istiod finds it by: of a kubeconfig its name alone, of the others the label."""
        if self.type == "config":
            return {}
        return {"labels": _LABELS, "annotations": {_CLUSTER: self.cluster}}

    def command(self) -> str:
        """Returns the command that makes the Secret, where contexts are called like clusters."""
        make = [
            *("istioctl", "create-remote-secret", f"--context={self.reads}"),
            "--type=config" if self.type == "config" else f"--name={self.cluster}",
            *(f"--namespace={self.account_namespace}", f"--service-account={self.account}"),
            "--create-service-account=false",
        ]
        steps = [make, ["kubectl", "apply", f"--context={self.holder}", "-f", "-"]]
        if self.namespace != self.account_namespace:
            steps.insert(1, ["sed", f"s/^  namespace: {self.account_namespace}$/  namespace: {self.namespace}/"])
        return " | ".join(map(shlex.join, steps))

    def manifest(self, form: Form) -> dict[str, Any]:
        """Returns an ExternalSecret or a SealedSecret that becomes the Secret once a person fills in what is theirs."""
        metadata = {"name": self.name, "namespace": self.namespace}
        if form == "sealed-secret":
            return {
                "apiVersion": "bitnami.com/v1alpha1",
                "kind": "SealedSecret",
                "metadata": metadata,
                "spec": {
                    "encryptedData": {self.key: ENCRYPTED},
                    "template": {"metadata": {**metadata, **self.metadata}},
                },
            }
        target = {"name": self.name} | ({"template": {"metadata": self.metadata}} if self.metadata else {})
        return {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": metadata,
            "spec": {
                "refreshInterval": "1h",
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
                "target": target,
                "data": [{"secretKey": self.key, "remoteRef": {"key": KEY}}],
            },
        }


def remote_secrets(members: Iterable[MeshMember]) -> list[RemoteSecret]:
    """Returns the Secrets that the control planes of a fleet need, by the cluster that holds them.

    A primary reads every other cluster of its mesh; an external control plane the cluster with its configuration, by
    the account of istiod there, and the other clusters that it serves.
    """
    members = sorted(members, key=lambda one: one.cluster)
    found: dict[RemoteSecret, None] = {}
    for holder in members:
        for revision in holder.revisions:
            if revision.active and not revision.is_remote:
                found |= dict.fromkeys(_of(holder, revision, members))
    return list(found)


def _of(holder: MeshMember, istiod: MeshRevision, members: Iterable[MeshMember]) -> Iterator[RemoteSecret]:
    if not istiod.mesh:
        return
    for other in members:
        for revision in other.revisions:
            if other is holder or not revision.active or revision.serves or revision.mesh != istiod.mesh:
                continue
            same = (revision.name, revision.namespace) == (istiod.name, istiod.namespace)
            if istiod.serves and not (other.control_plane == holder.cluster and same):
                continue
            is_config = istiod.serves == other.cluster
            yield RemoteSecret(
                type="config" if is_config else "remote",
                holder=holder.cluster,
                namespace=istiod.namespace,
                reads=other.cluster,
                cluster=revision.cluster,
                account=istiod_service(revision.name) if is_config else READER,
                account_namespace=revision.namespace,
            )
