"""What Kubernetes publishes of its own kinds, as compact data."""

from __future__ import annotations

from render.kubernetes.openapi import fields, kind_type


def test_a_kind_has_a_type_and_a_custom_resource_has_none() -> None:
    assert kind_type("apps/v1", "Deployment") == "apps.v1.Deployment"
    assert kind_type("networking.istio.io/v1", "Gateway") is None


def test_a_list_knows_the_keys_of_its_entries() -> None:
    container = fields("core.v1.Container")
    assert container["env"].keys == ("name",)
    assert container["ports"].keys == ("containerPort", "protocol")
    assert container["args"].keys == ()
    assert fields("apimachinery.pkg.apis.meta.v1.ObjectMeta")["finalizers"].is_set


def test_a_field_knows_its_shape_and_whether_it_is_required() -> None:
    container = fields("core.v1.Container")
    assert container["name"].is_required
    assert not container["image"].is_required
    assert (container["env"].shape, container["env"].entry.shape) == ("list", "object")
    assert (fields("core.v1.ConfigMap")["data"].shape, container["image"].shape) == ("map", "scalar")


def test_quantities_and_whole_numbers_are_told_apart() -> None:
    assert fields("core.v1.ResourceRequirements")["limits"].type == "quantity"
    assert fields("core.v1.ContainerPort")["containerPort"].type == "int32"
    assert fields("apps.v1.RollingUpdateDeployment")["maxSurge"].type == "int-or-string"


def test_every_type_that_a_field_names_is_there() -> None:
    ahead = ["apps.v1.Deployment", "core.v1.Service", "networking.v1.NetworkPolicy"]
    seen: set[str] = set()
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            for field in fields(name).values():
                while field.shape in ("map", "list"):
                    field = field.entry
                ahead += [field.type] if field.shape == "object" else []
    assert {"core.v1.PodSpec", "core.v1.EnvVar", "networking.v1.IPBlock"} <= seen
