"""What was observed in a cluster, beside what its files say."""

from __future__ import annotations

from datetime import UTC, datetime

from render.plan.observed.observation import Observation, ObservedNamespace, Owner
from tests.operations.explain.explained import NEW, OLD, REV, asked
from tests.support.fleet_repo import FleetRepo


def see(repo: FleetRepo, **namespaces: ObservedNamespace) -> None:
    from render.operations.observe.file import write_observation
    from render.tree.store.fleet_folder import FleetFolder

    write_observation(FleetFolder(repo.root, "observed"), Observation("one", datetime.now(UTC), None, namespaces))


def test_pods_that_still_have_another_revision_are_told(repo: FleetRepo) -> None:
    assert "observation" not in asked(repo, "shop")
    see(repo, shop=ObservedNamespace({"istio-injection": "enabled", REV: "prod"}, 3, 0, {OLD: 2, NEW: 1}))
    found = asked(repo, "shop")
    assert found["observation"]["revisions"] == {OLD: 2, NEW: 1}
    assert found["observation"]["basis"] == "observation 0s old"
    assert found["notes"] == [
        f"pods that run still have a proxy of another revision (2 of {OLD}): they get this one when they restart"
    ]


def test_labels_that_are_otherwise_in_the_cluster_are_told(repo: FleetRepo) -> None:
    see(repo, cart=ObservedNamespace({"istio-injection": "enabled", REV: "prod"}))
    (note,) = asked(repo, "cart")["notes"]
    assert note.endswith("labelled otherwise: istio-injection is enabled in the cluster and absent here")


def test_of_a_namespace_that_only_the_cluster_has_the_labels_that_were_seen_count(repo: FleetRepo) -> None:
    see(repo, legacy=ObservedNamespace({REV: "prod"}))
    found = asked(repo, "legacy")
    assert (found["injected"], found["revision"]["name"]) == (True, OLD)
    assert "its labels are those that were seen" in found["notes"][0]
    assert "file" not in found["namespace"]["labels"][0]


HELM, DELIVERER = Owner("helm", "Update"), Owner("kubectl", "Apply")
AUTO = '.webhooks[name="auto.sidecar-injector.istio.io"]'


def keep(repo: FleetRepo, title: str, field: str, *owners: Owner) -> None:
    from render.operations.observe.file import write_observation
    from render.tree.store.fleet_folder import FleetFolder

    seen = Observation("one", datetime.now(UTC), None, {}, {title: {field: owners}})
    write_observation(FleetFolder(repo.root, "observed"), seen)


def test_an_entry_that_somebody_else_keeps_in_the_cluster_injects(repo: FleetRepo) -> None:
    assert asked(repo, "bare")["injected"] is False
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-default", AUTO, HELM, DELIVERER)
    found = asked(repo, "bare")
    assert (found["injected"], found["revision"]["name"], found["clash"]) == (True, NEW, None)
    assert [one["entry"] for one in found["webhooks"]] == ["auto.sidecar-injector.istio.io"]
    assert found["notes"] == [
        "the specs do not say auto.sidecar-injector.istio.io of istio-revision-tag-default; as observed, the cluster "
        "has it and goes on calling it, because helm (Update) set it too or alone: take it away once"
    ]
    assert asked(repo, "jobs")["injected"] is False


def test_an_entry_that_the_deliverer_alone_owns_goes_with_the_next_sync(repo: FleetRepo) -> None:
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-default", AUTO, DELIVERER)
    assert asked(repo, "bare")["injected"] is False


def test_two_proxies_are_told_where_a_kept_entry_fires_beside_the_right_one(repo: FleetRepo) -> None:
    entry = '.webhooks[name="namespace.sidecar-injector.istio.io"]'
    keep(repo, "MutatingWebhookConfiguration/istio-revision-tag-prod", entry, HELM)
    found = asked(repo, "shop")
    assert (found["injected"], found["reason"]) == (
        False,
        "2 webhooks fire, so the pod would be injected 2 times",
    )


def test_settings_of_the_istiod_that_answers_are_counted(repo: FleetRepo) -> None:
    variable = '.spec.template.spec.containers[name="discovery"].env[name="PILOT_X"]'
    keep(repo, f"Deployment/istio-system/istiod-{NEW}", variable, HELM)
    (note,) = asked(repo, "shop")["notes"]
    assert note == (
        f"Deployment/istio-system/istiod-{NEW} has, as observed, 1 setting that the specs do not say ({variable}). "
        "They stay, because helm (Update) set them too or alone: take them away once"
    )
    assert asked(repo, "cart")["notes"] == []
