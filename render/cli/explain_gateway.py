"""What `meshrev explain --gateway` prints: whose istiod deploys a Gateway, and what its workload will be."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from render.cli.explain import (
    Row,
    chain_rows,
    observation_fields,
    place_text,
    position_fields,
    revision_fields,
    table_lines,
    tag_fields,
    version_fields,
)

if TYPE_CHECKING:
    from render.operations.explain.gateway import GatewayAnswer


def gateway_fields(answer: GatewayAnswer) -> dict[str, Any]:
    """Returns the whole answer. `workload` is null where nobody deploys the Gateway, and `reason` says why."""
    gateway, chain, workload = answer.gateway, answer.chain, answer.workload
    return {
        "basis": "files",
        "cluster": answer.cluster,
        "gateway": {
            "name": gateway.name,
            "namespace": answer.namespace.name,
            "class": gateway.class_name,
            **position_fields(gateway.place),
        },
        "deployed": workload is not None,
        "rule": {
            "label": answer.owner.side,
            "wants": answer.owner.wants,
            "text": answer.rule,
            **position_fields(answer.label_place),
        },
        "reason": answer.reason,
        "tag": chain.tag and tag_fields(chain.tag),
        "revision": chain.revision and revision_fields(chain.revision),
        "version": chain.version and version_fields(chain.version),
        "workload": workload
        and {
            "template": workload.template,
            "deployment": workload.deployment,
            "service": {"name": workload.deployment, "type": workload.service_type},
            "serviceAccount": workload.service_account,
            "image": workload.image,
        },
        "notes": list(answer.notes),
        **({"observation": observation_fields(answer.seen)} if answer.seen else {}),
    }


def gateway_lines(answer: GatewayAnswer) -> list[str]:
    """Returns the answer for a person: a sentence, then what it rests on."""
    gateway, version, workload = answer.gateway, answer.chain.version, answer.workload
    where = f"Gateway {gateway.name} in namespace {answer.namespace.name} of cluster {answer.cluster}"
    if workload is None or version is None or answer.chain.revision is None:
        headline = f"{where} is deployed by nobody: {answer.reason}."
    else:
        headline = (
            f"{where} is deployed by the istiod of revision {answer.chain.revision.name} (Istio {version.name}), from "
            f"the template {workload.template}."
        )
    notes = [f"note: {note}" for note in answer.notes]
    basis = f"(basis: files, {answer.seen.dated.basis})" if answer.seen else "(basis: files)"
    return [headline, "", *table_lines(list(_rows(answer))), "", *notes, basis]


def _rows(answer: GatewayAnswer) -> Iterator[Row]:
    gateway, workload = answer.gateway, answer.workload
    yield "gateway", f"class {gateway.class_name}", place_text(gateway.place)
    yield "rule", answer.rule, place_text(answer.label_place)
    yield from chain_rows(answer.chain)
    if workload:
        yield "template", workload.template, ""
        yield "deployment", workload.deployment, ""
        yield "service", f"{workload.deployment}, {workload.service_type}", ""
        yield "account", workload.service_account, ""
        yield "image", workload.image, ""
