"""The Secrets by which istiods read the API servers of other clusters."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from render.plan.topology.members import mesh_member
from render.plan.topology.remote_secrets import RemoteSecret, remote_secrets
from tests.plan.topology.test_values import CONFIG, EXTERNAL, PRIMARY, REMOTE, SECOND, external
from tests.support.builders import istio
from tests.support.fleets.mesh import IN_PLACE, Member, member, mesh_plans, objects


def secrets(root: Path, **members: Member) -> list[RemoteSecret]:
    plans = mesh_plans(root, **members).values()
    return remote_secrets(found for plan in plans if (found := mesh_member(plan)))


def said(root: Path, **members: Member) -> list[str]:
    return [f"{one.holder}/{one.namespace}/{one.name} reads {one.reads}" for one in secrets(root, **members)]


def test_each_primary_of_a_mesh_reads_all_others_and_none_of_another_mesh(tmp_path: Path) -> None:
    mesh, other = {"meshID": "m"}, {"meshID": "o"}
    assert said(tmp_path, one=member(**mesh), two=member(**mesh), three=member(**other), four=member()) == [
        "one/istio-system/istio-remote-secret-two reads two",
        "two/istio-system/istio-remote-secret-one reads one",
    ]


def test_a_primary_reads_its_remote_and_a_remote_reads_nobody(tmp_path: Path) -> None:
    assert said(tmp_path, one=PRIMARY, two=REMOTE) == ["one/istio-system/istio-remote-secret-two reads two"]


def test_an_external_control_plane_has_a_kubeconfig_and_reads_its_other_remotes(tmp_path: Path) -> None:
    ext = member(EXTERNAL + IN_PLACE, **external().spec)
    config, second = secrets(tmp_path, ext=ext, cfg=CONFIG, more=SECOND)
    assert (config.type, config.name, config.key, config.namespace) == (
        "config",
        "istio-kubeconfig",
        "config",
        "external-istiod",
    )
    assert (second.type, second.name, second.key) == ("remote", "istio-remote-secret-more", "more")
    plans = mesh_plans(tmp_path, ext=ext, cfg=CONFIG, more=SECOND)
    assert f"ServiceAccount/{config.account}" in objects(plans["cfg"])
    assert f"ServiceAccount/{second.account}" in objects(plans["more"])
    (mounted,) = [
        one
        for one in objects(plans["ext"])["Deployment/istiod-external-istiod"]["spec"]["template"]["spec"]["volumes"]
        if one["name"] == "istio-kubeconfig"
    ]
    assert mounted["secret"]["secretName"] == config.name


def test_the_command_makes_the_secret_by_accounts_that_are_rendered(tmp_path: Path) -> None:
    (secret,) = secrets(tmp_path, one=PRIMARY, two=REMOTE)
    assert secret.command() == (
        "istioctl create-remote-secret --context=two --name=two --namespace=istio-system "
        "--service-account=istio-reader-service-account --create-service-account=false "
        "| kubectl apply --context=one -f -"
    )


def test_a_name_that_a_shell_would_run_is_one_word(tmp_path: Path) -> None:
    name = "a b;$(reboot)"
    text = istio("v1.30.3", values=f"{{global: {{multiCluster: {{clusterName: '{name}'}}}}}}")
    secret = secrets(tmp_path, one=member(meshID="m"), two=member(text, meshID="m"))[0]
    assert f"--name={name}" in shlex.split(secret.command())


@pytest.mark.parametrize(("form", "kind"), [("external-secret", "ExternalSecret"), ("sealed-secret", "SealedSecret")])
def test_a_skeleton_becomes_a_secret_that_istiod_finds_and_holds_none(tmp_path: Path, form: str, kind: str) -> None:
    (secret,) = secrets(tmp_path, one=PRIMARY, two=REMOTE)
    made = secret.manifest(form)  # type: ignore[arg-type]
    assert (made["kind"], made["metadata"]) == (
        kind,
        {"name": "istio-remote-secret-two", "namespace": "istio-system"},
    )
    spec = made["spec"]
    template = spec["template"] if kind == "SealedSecret" else spec["target"]["template"]
    assert template["metadata"]["labels"] == {"istio/multiCluster": "true"}
    assert template["metadata"]["annotations"] == {"networking.istio.io/cluster": "two"}
    keys = [*spec["encryptedData"]] if kind == "SealedSecret" else [one["secretKey"] for one in spec["data"]]
    assert keys == ["two"]
