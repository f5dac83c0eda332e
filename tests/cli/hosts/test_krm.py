"""The verb as a whole process."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.support.fleet_repo import FleetRepo
from tests.support.krm_functions import config, dumped, loaded, objects, rendered_fleet, specs


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> FleetRepo:
    return rendered_fleet(tmp_path_factory.mktemp("fleet"))


def given(**spec: str) -> str:
    asked = config(**spec)
    return json.dumps({"apiVersion": "config.kubernetes.io/v1", "kind": "ResourceList", "functionConfig": asked})


def test_the_function_prints_a_list_and_nothing_else(fleet: FleetRepo) -> None:
    done = fleet.meshrev("-C", "deploy", "krm", stdin=given())
    assert loaded(done.out)["kind"] == "ResourceList"
    assert done.err == ""


def test_an_error_is_a_result_and_a_line_and_exit_code_2(fleet: FleetRepo) -> None:
    done = fleet.meshrev("-C", "deploy", "krm", stdin=given(cluster="nope"), code=2)
    (result,) = loaded(done.out)["results"]
    assert done.err == f"error: {result['message']}\n"


def test_the_plugin_form_reads_its_configuration_from_a_file(fleet: FleetRepo, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps(config("ClusterSpecs")))
    done = fleet.meshrev("-C", "deploy", "krm", "--legacy", str(file), stdin=dumped(objects(specs())).decode())
    assert done.out.startswith("---\napiVersion: ")
    assert "kind: Istio\n" not in done.out
    assert "kind: Deployment\n" in done.out


def test_verify_tells_with_its_exit_code(fleet: FleetRepo, tmp_path: Path) -> None:
    file = tmp_path / "config.yaml"
    file.write_text(json.dumps(config()))
    build = fleet.meshrev("-C", "deploy", "krm", "--legacy", str(file)).out
    assert fleet.meshrev("krm", "verify", "--cluster", "prod-eu", stdin=build).err == ""
    said = fleet.meshrev("krm", "verify", "--cluster", "prod-eu", stdin="", code=1)
    assert (said.out, len(said.err.splitlines())) == ("", 1)
    assert fleet.meshrev("krm", "verify", "--cluster", "nope", code=2).err == (
        "there is no cluster nope (known: prod-eu)\n"
    )


def test_a_tree_that_is_committed_but_gone_is_not_rendered_from_nothing(tmp_path: Path) -> None:
    repo = rendered_fleet(tmp_path, specs(strategy="InPlace"))
    repo.commit("render")
    for file in sorted((repo.root / "rendered").rglob("*"), reverse=True):
        file.rmdir() if file.is_dir() else file.unlink()
    done = repo.meshrev("-C", "deploy", "krm", stdin=given(), code=2)
    assert "git checkout HEAD -- rendered/prod-eu" in done.err
