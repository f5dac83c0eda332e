"""One cluster for all tests of this folder: a control plane of our own, or what KUBECONFIG names."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.cluster.api import Api, api
from tests.support.cluster.control_plane import HOST, NODE, control_plane
from tests.support.cluster.keys import Keys, make_keys
from tests.support.cluster.webhook_server import WebhookServer, webhook_server

# At which address of this machine the API server reaches what the tests serve: not loopback where it is in a container.
ADDRESS = os.environ.get("MESHREV_CLUSTER_HOST", HOST)
EMPTY = {"default", "kube-system", "kube-public", "kube-node-lease", "local-path-storage"}


@pytest.hookimpl(tryfirst=True)  # before pytest leaves out what is marked
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.cluster)


@pytest.fixture(scope="session")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with everything that the programs wrote; pytest keeps those of the last three runs."""
    return tmp_path_factory.mktemp("cluster")


@pytest.fixture(scope="session")
def keys(logs: Path) -> Keys:
    return make_keys(logs, ADDRESS)


@pytest.fixture(scope="session")
def kubeconfig(logs: Path, keys: Keys) -> Iterator[Path]:
    if given := os.environ.get("KUBECONFIG"):
        yield Path(given)
    else:
        with control_plane(logs, keys) as config:
            yield config


@pytest.fixture(scope="session")
def whole_cluster(kubeconfig: Path, logs: Path) -> Iterator[Api]:
    with api(kubeconfig, logs / "kubectl.log") as found:
        names = {item["metadata"]["name"] for item in found.get("/api/v1/namespaces")["items"]}
        # The tests write and delete mesh-wide objects: a cluster that somebody uses is none for them.
        assert names <= EMPTY, f"the cluster of KUBECONFIG is in use: it has the namespaces {sorted(names - EMPTY)}"
        yield found


@pytest.fixture(scope="session")
def node(whole_cluster: Api) -> str:
    """The name of a node on which pods run."""
    if not whole_cluster.get("/api/v1/nodes")["items"]:
        whole_cluster.create({"apiVersion": "v1", "kind": "Node", "metadata": {"name": NODE}})
    return str(whole_cluster.get("/api/v1/nodes")["items"][0]["metadata"]["name"])


@pytest.fixture
def cluster(whole_cluster: Api) -> Iterator[Api]:
    """The cluster, from which everything goes that the test made there."""
    try:
        yield whole_cluster
    finally:
        whole_cluster.sweep()


@pytest.fixture(scope="session")
def webhooks(keys: Keys) -> Iterator[WebhookServer]:
    with webhook_server(keys, ADDRESS) as server:
        yield server
