"""Who gets another proxy, and what has to be restarted for it."""

from __future__ import annotations

from dataclasses import replace

from render.plan.config_objects import ConfigObject
from render.plan.injection.proxy_moves import UNLABELLED, Injector, InjectorMap, Move, moves, restarts
from render.plan.inventory import RevisionRecord
from render.plan.usage import Pod
from tests.support.cluster_plan import record, serving

OLD, NEW = "default-v1-24-2", "default-v1-24-3"
INJECTED = {"istio-injection": "enabled"}


def pod(name: str, namespace: str = "shop", **labels: str) -> Pod:
    return Pod(name, namespace, {key.replace("__", "/").replace("_", "."): value for key, value in labels.items()}, {})


def told(found: tuple[Move, ...]) -> list[str]:
    return [f"{move.namespace} {move.workload} {move.before.revision} -> {move.after.revision}" for move in found]


BEFORE = serving(record(OLD), tags={"default": OLD, "prod": OLD}, shop=INJECTED, cart={"istio.io/rev": "prod"})
AFTER = serving(
    record(OLD), record(NEW), tags={"default": NEW, "prod": OLD}, shop=INJECTED, cart={"istio.io/rev": "prod"}
)


def test_a_namespace_moves_with_the_tag_that_it_follows() -> None:
    assert moves(BEFORE, AFTER) == (
        Move("shop", "", Injector("default", OLD, "v1.24.2"), Injector("default", NEW, "v1.24.3")),
    )


def test_nothing_moves_where_the_same_serves() -> None:
    assert moves(BEFORE, BEFORE) == ()
    assert restarts(BEFORE, BEFORE, ()) == ()


def test_a_namespace_that_follows_another_name_for_the_same_revision_does_not_move() -> None:
    after = serving(record(OLD), tags={"default": OLD, "prod": OLD}, shop={"istio.io/rev": OLD}, cart=INJECTED)
    assert moves(BEFORE, after) == ()


def test_a_revision_that_is_upgraded_in_place_moves_who_follows_it() -> None:
    before = serving(record("default", "v1.24.2"), shop=INJECTED)
    after = serving(record("default", "v1.24.3"), shop=INJECTED)
    (move,) = moves(before, after)
    assert (move.before.version, move.after.version) == ("v1.24.2", "v1.24.3")


def test_injection_that_begins_or_ends_is_a_move() -> None:
    before = serving(record(OLD), tags={"default": OLD}, a=INJECTED, b={"istio-injection": "disabled"})
    after = serving(record(OLD), tags={"default": OLD}, a={"istio-injection": "disabled"}, b=INJECTED, c=INJECTED)
    assert told(moves(before, after)) == [f"a  {OLD} -> ", f"b   -> {OLD}", f"c   -> {OLD}"]


def test_a_namespace_whose_file_is_gone_keeps_its_labels_in_the_cluster() -> None:
    after = serving(record(OLD), record(NEW), tags={"default": NEW, "prod": OLD})
    assert told(moves(BEFORE, after)) == [f"shop  {OLD} -> {NEW}"]


def test_workloads_move_by_their_own_labels_where_the_namespace_has_none() -> None:
    def with_pods(tags: dict[str, str], *records: RevisionRecord) -> InjectorMap:
        pods = (
            pod("Deployment/web", "plain", istio_io__rev="prod"),
            pod("Deployment/old", "plain", istio_io__rev=OLD),
            pod("Deployment/off", "shop", sidecar_istio_io__inject="false"),
            pod("Deployment/on", "shop"),
        )
        return serving(*records, tags=tags, pods=pods, shop=INJECTED)

    before = with_pods({"default": OLD, "prod": OLD}, record(OLD))
    after = with_pods({"default": NEW, "prod": NEW}, record(OLD), record(NEW))
    found = moves(before, after)
    assert told(found) == [
        f"shop  {OLD} -> {NEW}",
        f"plain Deployment/web {OLD} -> {NEW}",
        f"shop Deployment/on {OLD} -> {NEW}",
    ]
    needed = restarts(before, after, found)
    assert [" ".join(one.arguments) for one in needed] == [
        "-n shop rollout restart deployment,statefulset,daemonset",
        "-n plain rollout restart deployment/web",
    ]


def test_a_new_workload_does_not_move() -> None:
    after = serving(record(NEW), tags={"default": NEW}, pods=(pod("Deployment/web", istio_io__rev=NEW),))
    assert moves(serving(record(OLD), tags={"default": OLD}), after) == ()


def test_namespaces_that_are_injected_by_default_move_without_being_known() -> None:
    by_default = {"sidecarInjectorWebhook": {"enableNamespacesByDefault": True}}
    before = serving(record(OLD, **by_default), tags={"default": OLD})
    after = serving(record(OLD, **by_default), record(NEW, **by_default), tags={"default": NEW})
    (move,) = moves(before, after)
    assert (move.namespace, move.before.revision, move.after.revision) == (UNLABELLED, OLD, NEW)
    (needed,) = restarts(before, after, (move,))
    assert needed.arguments == ()


def test_pods_that_istiod_leaves_alone_do_not_move() -> None:
    never = {"sidecarInjectorWebhook": {"neverInjectSelector": [{"matchLabels": {"app": "raw"}}]}}
    pods = (pod("Deployment/raw", "shop", app="raw"),)
    before = serving(record(OLD, **never), tags={"default": OLD}, pods=pods, shop=INJECTED)
    after = serving(record(NEW, **never), tags={"default": NEW}, pods=pods, shop=INJECTED)
    assert told(moves(before, after)) == [f"shop  {OLD} -> {NEW}"]


def test_changed_settings_of_a_proxy_ask_for_a_restart_of_who_follows_the_revision() -> None:
    pods = (pod("Deployment/web", "plain", istio_io__rev=OLD), pod("CronJob/job", "plain", istio_io__rev=OLD))
    both = serving(
        record(OLD), record(NEW), tags={"default": NEW}, pods=pods, shop=INJECTED, cart={"istio.io/rev": OLD}
    )
    needed = restarts(both, both, (), settings={OLD})
    assert [(one.namespace, one.workload, one.why, bool(one.arguments)) for one in needed] == [
        ("cart", "", "settings", True),
        ("plain", "CronJob/job", "settings", False),
        ("plain", "Deployment/web", "settings", True),
    ]


def test_a_workload_that_kubernetes_restarts_by_itself_needs_no_command() -> None:
    def labelled(revision: str) -> InjectorMap:
        gateway = (pod("Deployment/gateway", "ingress", istio_io__rev=revision),)
        return serving(record(OLD), record(NEW), pods=gateway)

    before, after = labelled(OLD), labelled(NEW)
    found = moves(before, after)
    assert told(found) == [f"ingress Deployment/gateway {OLD} -> {NEW}"]
    assert restarts(before, after, found, rolled={("ingress", "Deployment/gateway")}) == ()


def test_a_workload_that_an_annotation_or_the_hosts_network_keeps_out_does_not_move() -> None:
    refuses = Pod("Deployment/web", "shop", {}, {"sidecar.istio.io/inject": "false"})
    on_host = Pod("DaemonSet/agent", "shop", {}, {}, host_network=True)
    pods = (refuses, on_host, pod("Deployment/cart"))
    before = serving(record(OLD), tags={"default": OLD}, shop=INJECTED, pods=pods)
    after = serving(record(OLD), record(NEW), tags={"default": NEW}, shop=INJECTED, pods=pods)
    assert told(moves(before, after)) == [f"shop  {OLD} -> {NEW}", f"shop Deployment/cart {OLD} -> {NEW}"]
    assert [one.workload for one in restarts(before, after, (), {NEW})] == [""]


def test_an_annotation_that_is_taken_away_moves_the_workload_to_a_proxy() -> None:
    refuses = Pod("Deployment/web", "shop", {}, {"sidecar.istio.io/inject": "false"})
    before = serving(record(OLD), tags={"default": OLD}, shop=INJECTED, pods=(refuses,))
    after = serving(record(OLD), tags={"default": OLD}, shop=INJECTED, pods=(pod("Deployment/web"),))
    assert told(moves(before, after)) == [f"shop Deployment/web  -> {OLD}"]


def gateway(**labels: str) -> ConfigObject:
    own = {key.replace("__", "/").replace("_", "."): value for key, value in labels.items()}
    return ConfigObject("Gateway", "public", "shop", own, deployed=True)


def test_a_gateway_moves_with_the_tag_that_it_names_and_its_istiod_restarts_it() -> None:
    before = replace(serving(record(OLD), record(NEW), tags={"prod": OLD}), gateways=(gateway(istio_io__rev="prod"),))
    after = replace(before, tags={"prod": NEW})
    found = moves(before, after)
    assert told(found) == [f"shop Gateway/public {OLD} -> {NEW}"]
    assert restarts(before, after, found) == ()


def test_a_gateway_moves_when_its_own_label_changes() -> None:
    before = replace(serving(record(OLD), record(NEW)), gateways=(gateway(istio_io__rev=OLD),))
    after = replace(before, gateways=(gateway(istio_io__rev=NEW),))
    assert told(moves(before, after)) == [f"shop Gateway/public {OLD} -> {NEW}"]


def test_a_gateway_with_a_label_of_its_own_stays_where_its_namespace_moves() -> None:
    before = replace(
        serving(record(OLD), record(NEW), shop={"istio.io/rev": OLD}), gateways=(gateway(istio_io__rev=OLD),)
    )
    after = replace(before, namespaces={"shop": {"istio.io/rev": NEW}})
    assert told(moves(before, after)) == [f"shop  {OLD} -> {NEW}"]
