"""SARIF as code scanning reads it, checked against the schema of SARIF 2.1.0."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from render.codes import CODES
from render.finding import Finding
from render.lint.registry import RULES
from render.lint.sarif import sarif
from render.lint.waivers import ClusterFinding
from render.version import VERSION

# OASIS' schema, which no package on PyPI or npm installs. The source package of sarif-om 1.0.4 holds it (as of RTM 4,
# the last draft before the standard), and `make tools` takes it from there.
SCHEMA = Path(__file__).parents[2] / ".tools" / "sarif-2.1.0-rtm.4.json"
needs_schema = pytest.mark.skipif(not SCHEMA.is_file(), reason=f"no {SCHEMA.name} in .tools: `make tools` gets it")

LABEL = Finding("MR104", "means disabled", "warning", "base/ns.yaml", 7, 3, "Namespace/shop", "metadata.labels")
SEVERAL = [
    ClusterFinding(LABEL, ("eu", "us")),
    ClusterFinding(replace(LABEL, code="MR102", severity="error", line=9), ("eu",)),
    ClusterFinding(replace(LABEL, code="MR103", severity="info", file="my base/ä.yaml"), ("eu",)),
    ClusterFinding(Finding("MR063", "there is no cluster x")),
    ClusterFinding(Finding("MR041", "expected text, found 7", file="a.yaml", line=2), ("us",)),
]


def run(*said: ClusterFinding) -> dict[str, Any]:
    found: dict[str, Any] = sarif(said)["runs"][0]
    return found


@needs_schema
@pytest.mark.parametrize(
    "said",
    [
        [],
        SEVERAL,
        [ClusterFinding(replace(LABEL, code=rule.code, severity=CODES[rule.code].severity), ("eu",)) for rule in RULES],
    ],
    ids=["nothing", "several", "every rule"],
)
def test_the_log_satisfies_the_schema_of_sarif(said: list[ClusterFinding]) -> None:
    schema = json.loads(SCHEMA.read_bytes())
    validator = Draft7Validator(schema, format_checker=Draft7Validator.FORMAT_CHECKER)
    log = json.loads(json.dumps(sarif(said)))
    assert [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(log)] == []
    assert list(validator.iter_errors({**log, "version": "2.0.0"})), "the schema is the one that refuses others"


def test_rules_are_described_once_and_lead_to_their_pages() -> None:
    driver = run(*SEVERAL)["tool"]["driver"]
    assert (driver["name"], driver["version"]) == ("meshrev", VERSION)
    assert [rule["id"] for rule in driver["rules"]] == ["MR041", "MR063", "MR102", "MR103", "MR104"]
    last = driver["rules"][-1]
    assert last["help"]["text"].endswith("More in meshrev's docs/rules/MR104.md.")
    assert last["defaultConfiguration"] == {"level": "warning"}
    assert last["properties"] == {"tags": ["labels"]}
    assert driver["rules"][0] == {"id": "MR041", "shortDescription": {"text": "A wrong type"}}


def test_a_result_says_rule_level_place_and_clusters() -> None:
    result = run(*SEVERAL)["results"][0]
    assert (result["ruleId"], result["ruleIndex"], result["level"]) == ("MR104", 4, "warning")
    assert result["message"]["text"] == "Namespace/shop: metadata.labels: means disabled (in 2 clusters)"
    (location,) = result["locations"]
    assert location["physicalLocation"] == {
        "artifactLocation": {"uri": "base/ns.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 7, "startColumn": 3},
    }
    assert result["properties"] == {"clusters": ["eu", "us"]}
    assert [one["level"] for one in run(*SEVERAL)["results"]] == ["warning", "error", "note", "error", "error"]


def test_a_path_is_written_as_a_uri_and_what_has_no_file_is_shown_at_the_fleets() -> None:
    uris = [one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in run(*SEVERAL)["results"]]
    assert uris[2:4] == ["my%20base/%C3%A4.yaml", "meshrev.yaml"]


def prints(*findings: Finding) -> list[str]:
    results = run(*(ClusterFinding(one) for one in findings))["results"]
    return [one["partialFingerprints"]["primaryLocationLineHash"] for one in results]


def test_a_fingerprint_stays_when_lines_move_or_words_change() -> None:
    assert prints(LABEL) == prints(replace(LABEL, line=99, column=1, message="other words", severity="error"))
    assert prints(LABEL) == ["52a8b163a135dce08ec6215a32476224:1"], "code scanning would take every finding for new"


@pytest.mark.parametrize("other", ["code", "file", "object", "field"])
def test_a_fingerprint_tells_apart_what_is_another_finding(other: str) -> None:
    changed: dict[str, Any] = {other: "MR105" if other == "code" else "other"}
    assert prints(LABEL) != prints(replace(LABEL, **changed))


def test_two_findings_in_one_place_have_two_fingerprints() -> None:
    first, second = prints(LABEL, replace(LABEL, message="other words"))
    assert first.removesuffix(":1") == second.removesuffix(":2")


def test_a_message_is_one_line_without_a_link() -> None:
    found = Finding("MR041", "a\n[b](https://example.com)\x1b[0m", file="a\udcff.yaml", object="Namespace/\u202ex")
    (result,) = run(ClusterFinding(found, ("eu",)))["results"]
    assert result["message"]["text"] == r"Namespace/\u202ex: a\n[b] (https://example.com)\x1b[0m"
    (location,) = result["locations"]
    assert location["logicalLocations"][0]["fullyQualifiedName"] == r"Namespace/\u202ex"
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%FF.yaml"
