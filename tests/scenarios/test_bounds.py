"""Input that is absurd ends within seconds and bounds of memory, with one clear line and exit code 2."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator

import pytest

from tests.support.cases import ROOT
from tests.support.fleet_repo import FleetRepo

SECONDS = 10
MEGABYTES = 500
DEEP = 100_000
ISTIO = "apiVersion: sailoperator.io/v1\nkind: Istio\nmetadata: {name: default}\nspec: {version: v1.24.3}\n"
WEBHOOKS = ("explain", "--cluster", "prod", "-n", "cart", "--webhooks", "-")
FUNCTION = (
    "functionConfig: {apiVersion: meshrev.io/v1alpha1, kind: ClusterTree, metadata: {name: a}, spec: {cluster: a}}"
)
KRM = f"apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n{FUNCTION}\n"


@pytest.fixture
def fleet(repo: FleetRepo) -> FleetRepo:
    repo.cluster("prod", ISTIO)
    return repo


def refused(fleet: FleetRepo, *arguments: str, stdin: Iterable[bytes] = (), **environment: str) -> str:
    """What is said of the input, once it is known that it took neither long nor much memory."""
    measured = "import os, sys; _, status, used = os.wait4(os.spawnv(os.P_NOWAIT, sys.executable, [sys.executable, "
    measured += "'-m', 'render', *sys.argv[1:]]), 0); print(os.waitstatus_to_exitcode(status), used.ru_maxrss, "
    measured += "used.ru_utime + used.ru_stime, file=sys.stderr)"
    env = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1", **environment}
    pipe = subprocess.PIPE
    command = [sys.executable, "-c", measured, *arguments]
    with subprocess.Popen(command, cwd=fleet.root, env=env, stdin=pipe, stdout=pipe, stderr=pipe) as run:
        assert run.stdin
        try:
            for piece in stdin:
                run.stdin.write(piece)
        except BrokenPipeError:
            pass  # it has read enough
        out, err = run.communicate()
    *said, told = err.decode().splitlines()
    code, kilobytes, seconds = told.split()
    assert int(code) == 2, (out, err)
    assert int(kilobytes) < MEGABYTES * 1024
    assert float(seconds) < SECONDS
    assert all(len(line) < 1000 and line.isprintable() for line in said)
    return "\n".join(said)


def many(megabytes: int, begin: bytes = b"", piece: bytes = b"- a\n") -> Iterator[bytes]:
    yield begin
    block = piece * (1024 * 1024 // len(piece))
    for _ in range(megabytes):
        yield block


@pytest.mark.parametrize(
    "arguments",
    [("render", "--cluster", "prod", "-"), ("krm",), ("krm", "verify", "--cluster", "prod"), WEBHOOKS, ("observe",)],
)
def test_300_megabytes_on_standard_input_are_not_read(fleet: FleetRepo, arguments: tuple[str, ...]) -> None:
    if arguments == ("observe",):  # in pieces: a string that does not end
        arguments = ("observe", "--cluster", "prod")
        assert "is not JSON" in refused(fleet, *arguments, stdin=many(300, b'{"items": ["', b"aaaa"))
    else:
        assert "is too large: at most 16 MiB are read" in refused(fleet, *arguments, stdin=many(300))


@pytest.mark.parametrize("arguments", [("render", "--cluster", "prod", "-"), ("krm",), WEBHOOKS])
def test_millions_of_values_within_the_size_are_too_many(fleet: FleetRepo, arguments: tuple[str, ...]) -> None:
    assert "has more than 500,000 values" in refused(fleet, *arguments, stdin=many(15))


@pytest.mark.parametrize("digits", [400, 5000, 1_000_000])
def test_a_number_of_any_length_is_refused_where_a_number_is_expected(fleet: FleetRepo, digits: int) -> None:
    fleet.cluster(
        "prod",
        ISTIO.replace(
            "spec: {", "spec: {updateStrategy: {inactiveRevisionDeletionGracePeriodSeconds: " + "1" * digits + "}, "
        ),
    )
    assert "expected a whole number, found the text 1111" in refused(fleet, "render")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[" * DEEP, "is nested more than 100 levels deep"),
        ("[" * 200 + "]" * 200, "is nested more than 100 levels deep"),
        ("1" * 400, "has a number of 400 digits"),
        ("1" * 5000, "has a number of 5000 digits"),
        ("1e999", "has a number of 5 characters that is too large"),
        ("NaN", "has NaN, which is not JSON"),
    ],
)
def test_json_that_is_absurd_is_refused(fleet: FleetRepo, text: str, said: str) -> None:
    fleet.write("observed/prod.json", f'{{"cluster": "prod",\n "observedAt": {text}}}')
    assert said in refused(fleet, "status", "--observed", "observed")
    parameters = f'[{{"name": "parts", "array": [{text}]}}]'
    assert said in refused(fleet, "cmp", "generate", ARGOCD_APP_PARAMETERS=parameters)


def test_json_says_where_it_ends_to_be_json(fleet: FleetRepo) -> None:
    fleet.write("observed/prod.json", '{"cluster": "prod",\n "observedAt": }')
    assert "observed/prod.json:2:16: is not JSON" in refused(fleet, "status", "--observed", "observed")


@pytest.mark.parametrize("text", ["[" * DEEP, "1" * 5000])
def test_objects_of_a_cluster_that_are_absurd_are_refused(fleet: FleetRepo, text: str) -> None:
    given = f'{{"kind": "List", "items": [{{"kind": "Pod", "a": {text}}}]}}'
    said = refused(fleet, "observe", "--cluster", "prod", stdin=[given.encode()])
    assert "is nested deeper than any object is" in said or "has a number of 5000 digits" in said


@pytest.mark.parametrize("metadata", ["text", "5", "[a]", "true"])
def test_a_function_whose_metadata_is_no_object_is_refused(fleet: FleetRepo, metadata: str) -> None:
    given = KRM.replace("{name: a}", metadata) + "items: []\n"
    assert "functionConfig.metadata: must be an object" in refused(fleet, "krm", stdin=[given.encode()])


@pytest.mark.parametrize(
    "odd",
    [
        {"metadata": {"name": ["a"]}},
        {"metadata": {"name": "a", "labels": {"istio.io/rev": ["a"]}}},
        {"webhooks": [{"name": ["a"]}]},
        {"webhooks": [{"name": "a.istio.io", "namespaceSelector": {"matchLabels": {"a": ["b"]}}}]},
        {
            "webhooks": [
                {"name": "a.istio.io", "objectSelector": {"matchExpressions": [{"key": ["a"], "operator": "In"}]}}
            ]
        },
        {
            "webhooks": [
                {
                    "name": "a.istio.io",
                    "objectSelector": {"matchExpressions": [{"key": "a", "operator": "In", "values": [["b"]]}]},
                }
            ]
        },
        {"webhooks": "a"},
        {"webhooks": ["a"]},
    ],
)
def test_webhooks_with_lists_for_text_are_refused(fleet: FleetRepo, odd: dict[str, object]) -> None:
    webhook = {"name": "rev.istio.io", "rules": [{"resources": ["pods"]}]}
    given = {"kind": "MutatingWebhookConfiguration", "metadata": {"name": "a"}, "webhooks": [webhook], **odd}
    for entry in given["webhooks"] if isinstance(given["webhooks"], list) else ():
        if isinstance(entry, dict):
            entry.setdefault("rules", [{"resources": ["pods"]}])
    assert "is not as an API server gives it" in refused(fleet, *WEBHOOKS, stdin=[json.dumps(given).encode()])
