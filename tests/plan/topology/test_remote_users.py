"""The remotes that a revision serves, among its users."""

from __future__ import annotations

from pathlib import Path

from render.plan.topology.remote_users import is_control_plane_of, remote_users, with_remote_users
from tests.support.builders import istio, namespace
from tests.support.fleets.mesh import member, mesh_plans

REMOTE = "{role: remote, controlPlane: one}"


def test_a_remote_is_a_user_of_the_revision_of_its_name_beside_others(tmp_path: Path) -> None:
    text = istio("v1.30.3", strategy="InPlace") + namespace("shop", "istio-injection: enabled")
    plans = mesh_plans(
        tmp_path, one=member(text, topology="{address: 203.0.113.7}"), two=member(topology=REMOTE), three=member()
    )
    users = remote_users("one", plans.values())
    assert users == {"default": ("Cluster/two",)}
    assert with_remote_users(plans["one"], users).revisions[0].usage.by == ("Namespace/shop", "Cluster/two")
    assert with_remote_users(plans["two"], users).revisions[0].usage.by == ()


def test_a_remote_that_names_its_control_plane_has_no_other(tmp_path: Path) -> None:
    mesh = {"meshID": "m"}
    plans = mesh_plans(
        tmp_path,
        one=member(topology="{address: 203.0.113.7}", **mesh),
        other=member(topology="{address: 203.0.113.8}", **mesh),
        two=member(topology=REMOTE, **mesh),
        bare=member(istio("v1.30.3", profile="remote"), **mesh),
    )
    specs = {name: plan.specs for name, plan in plans.items()}
    assert is_control_plane_of(specs["one"], specs["two"])
    assert not is_control_plane_of(specs["other"], specs["two"])
    assert is_control_plane_of(specs["other"], specs["bare"])
