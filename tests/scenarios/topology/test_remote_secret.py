"""`meshrev remote-secret`, by the whole command line."""

from __future__ import annotations

import pytest
import yaml

from tests.plan.topology.test_values import PRIMARY, REMOTE
from tests.support.fleet_repo import FleetRepo
from tests.support.fleets.mesh import member, write_mesh


@pytest.fixture
def mesh(repo: FleetRepo) -> FleetRepo:
    write_mesh(repo.root, one=PRIMARY, two=REMOTE, alone=member())
    return repo


def test_it_prints_a_command_for_each_secret_and_writes_nothing(mesh: FleetRepo) -> None:
    about, command = mesh.meshrev("remote-secret").out.splitlines()
    assert about == "# one reads two: Secret istio-system/istio-remote-secret-two"
    assert command.startswith("istioctl create-remote-secret --context=two --name=two")
    assert mesh.tree() == {}


def test_a_cluster_that_holds_none_says_so(mesh: FleetRepo) -> None:
    assert (
        mesh.meshrev("remote-secret", "--cluster", "two").out == "# no istiod of these clusters reads another cluster\n"
    )


@pytest.mark.parametrize("form", ["external-secret", "sealed-secret"])
def test_skeletons_are_documents_of_one_stream(mesh: FleetRepo, form: str) -> None:
    (document,) = yaml.safe_load_all(mesh.meshrev("remote-secret", "--form", form).out)
    (secret,) = mesh.meshrev("remote-secret", "--form", form, "--output", "json").json["secrets"]
    assert secret["manifest"] == document
    assert (secret["holder"], secret["reads"], secret["serviceAccount"]["name"]) == (
        "one",
        "two",
        "istio-reader-service-account",
    )


def test_an_unknown_cluster_is_told_of(mesh: FleetRepo) -> None:
    assert (
        "there is no cluster tow (did you mean two?)" in mesh.meshrev("remote-secret", "--cluster", "tow", code=2).err
    )
