"""Everything that a person, a cluster or a host hands to a command, with mistakes in it.

What must be so: the command ends in time with a code that has a meaning, and says in text what is wrong; with code 2
nothing is written; `check` says before what `render` does then, and is content afterwards; no revision goes.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests.campaign.campaign import Broken
from tests.campaign.example import CLUSTER, OLD, decided_render, example_fleet, listed, rewrite, tree_of, upgrade
from tests.campaign.mutations import HOSTILE, ODD, mutate_data, mutate_json, mutate_text, words
from tests.campaign.oracle import UNFINISHED, command, expect_same, files
from tests.support.fleet_repo import FleetRepo

SELECTORS: tuple[str, ...] = (
    "env",
    "prod",
    "=",
    "==",
    "!=",
    "!",
    " in ",
    " notin ",
    "(",
    ")",
    ",",
    " ",
    "<",
    ">",
    "1",
    "a/b",
    "é",
    HOSTILE,
)
SET: tuple[str, ...] = (
    "pilot",
    "global",
    "meshConfig",
    "proxy",
    ".",
    "=",
    ",",
    "[0]",
    "[-1]",
    "[99999999]",
    "{",
    "}",
    "\\,",
    "\\",
    "null",
)
SET += ("true", "1", "1e999", "0x1f", "a b", "", HOSTILE, "hub", "=a,b=")
PATHS: tuple[str, ...] = (
    "/metadata/labels",
    "/metadata/labels/a",
    "/spec/values/pilot",
    "/spec/version",
    "/metadata/name",
    "/kind",
    "",
)
PATHS += (
    "/",
    "/metadata/name",
    "/spec/-",
    "/spec/values/pilot/env/A~1B",
    "/metadata/annotations/x",
    "/spec/~2",
    "spec",
)
FUNCTION = {"apiVersion": "meshrev.io/v1alpha1", "metadata": {"name": "mesh"}, "spec": {"cluster": CLUSTER}}


class Inputs:
    """The example fleet of this repository, in the state that each kind of input needs."""

    def __init__(self, folder: Path) -> None:
        self._fleet = example_fleet(folder / "fleet")
        self._decided = decided_render(self._fleet, folder)
        self._kinds: tuple[tuple[str, Callable[[Random, FleetRepo], str]], ...] = (
            *(("specs", self._specs),) * 4,
            *(("patches", self._patches),) * 3,
            *(("inventory", self._inventory),) * 2,
            ("journal", self._journal),
            ("observation", self._observation),
            ("kubectl", self._kubectl),
            ("function", self._function),
            ("parameters", self._parameters),
            ("webhooks", self._webhooks),
            ("set", self._set),
            ("selector", self._selector),
        )

    def attempt(self, random: Random, folder: Path) -> str:
        """Returns `<kind of input> <exit code>`."""
        kind, attempt = random.choice(self._kinds)
        source = self._decided[0] if kind == "journal" else self._fleet
        fleet = FleetRepo(shutil.copytree(source.root, folder / "fleet", symlinks=True))
        return f"{kind} {attempt(random, fleet)}"

    def _specs(self, random: Random, fleet: FleetRepo) -> str:
        paths = ["meshrev.yaml", *_below(fleet, "base"), *_below(fleet, "overlays")]
        for path in random.sample(paths, random.choice((1, 1, 2))):
            rewrite(fleet.root / path, lambda text: mutate_text(random, text))
        return _rendering(fleet)

    def _patches(self, random: Random, fleet: FleetRepo) -> str:
        file = fleet.root / f"overlays/{CLUSTER}/kustomization.yaml"
        data = yaml.safe_load(file.read_text())
        data["patches"] = [*data.get("patches", ()), *(_patch(random) for _ in range(random.randint(1, 4)))]
        file.write_text(yaml.safe_dump(data))
        return _rendering(fleet)

    def _inventory(self, random: Random, fleet: FleetRepo) -> str:
        path = random.choice([path for path in _below(fleet, "rendered") if path.endswith("inventory.jsonl")])

        def change(text: str) -> str:
            lines = text.splitlines()
            at = random.randrange(len(lines))
            lines[at] = mutate_json(random, lines[at])
            return "\n".join(lines) + "\n" if random.random() < 0.8 else mutate_text(random, text)

        rewrite(fleet.root / path, change)
        if random.random() < 0.5:
            upgrade(fleet)
        return _rendering(fleet)

    def _journal(self, random: Random, fleet: FleetRepo) -> str:
        """`check` leaves what is unfinished. Where the journal is spoiled `render` makes the new tree; where another
        one is written in its place, which no crash does, nothing outside of the tree changes."""
        _, new = self._decided
        journal = fleet.root / "rendered/.meshrev/journal"
        is_spoiled = random.random() < 0.5
        text = journal.read_bytes()
        if is_spoiled:
            cut = random.randrange(len(text))
            journal.write_bytes(text[:cut] + random.choice((b"", bytes(len(text) - cut))))
        else:
            journal.write_text(mutate_json(random, text.decode()), errors="surrogateescape")
        before = files(fleet.root)
        checked = command(fleet, "check", codes=(2,))
        expect_same(before, files(fleet.root), "check")
        if UNFINISHED not in checked.err:
            raise Broken(f"check says nothing of the journal: {checked.err}")
        done = command(fleet, "render", codes=(0,) if is_spoiled else (0, 2))
        after = files(fleet.root)
        if is_spoiled and tree_of(after) != new:
            raise Broken(f"the tree is not the new one: {done.err}")
        expect_same(_outside(before), _outside(after), "outside of the tree")
        return f"{'spoiled' if is_spoiled else 'other'} {done.code}"

    def _observation(self, random: Random, fleet: FleetRepo) -> str:
        rewrite(fleet.root / f"observed/{CLUSTER}.json", lambda text: mutate_json(random, text))
        asked = random.choice(
            (
                ("status",),
                ("lint",),
                ("diff", "HEAD", "--observed", "observed"),
                ("retire", OLD, "--dry-run"),
                ("explain", "--cluster", CLUSTER, "-n", "catalog", "--observed", "observed"),
            )
        )
        return _reading(fleet, *asked)

    def _kubectl(self, random: Random, fleet: FleetRepo) -> str:
        before = files(fleet.root)
        done = command(fleet, "observe", "--cluster", CLUSTER, stdin=mutate_json(random, listed()))
        after = files(fleet.root)
        if done.code:
            expect_same(before, after, "an observation that is refused")
        elif json.loads(after[f"observed/{CLUSTER}.json"])["cluster"] != CLUSTER:
            raise Broken("the observation is of another cluster")
        return str(done.code)

    def _function(self, random: Random, fleet: FleetRepo) -> str:
        kind = random.choice(("ClusterTree", "ClusterSpecs"))
        asked: dict[str, Any] = {**FUNCTION, "kind": kind}
        specs = [*yaml.safe_load_all((fleet.root / "base/istio.yaml").read_text())]
        given = {
            "apiVersion": "config.kubernetes.io/v1",
            "kind": "ResourceList",
            "items": specs,
            "functionConfig": asked,
        }
        return _reading(fleet, "krm", stdin=mutate_json(random, json.dumps(given, default=str)))

    def _parameters(self, random: Random, fleet: FleetRepo) -> str:
        said = [{"name": "cluster", "string": CLUSTER}, {"name": "parts", "array": ["tags", "crds"]}]
        text = mutate_json(random, json.dumps(said)).replace("\0", "")  # which no environment can have
        return _reading(fleet, "cmp", "generate", ARGOCD_APP_PARAMETERS=text)

    def _webhooks(self, random: Random, fleet: FleetRepo) -> str:
        found = (fleet.root / f"rendered/{CLUSTER}").rglob("mutatingwebhookconfiguration-*.yaml")
        items = [yaml.safe_load(file.read_text()) for file in sorted(found)]
        live = {"apiVersion": "v1", "kind": "List", "items": items}
        text = (
            mutate_json(random, json.dumps(live))
            if random.random() < 0.7
            else mutate_text(random, yaml.safe_dump(live))
        )
        return _reading(fleet, "explain", "--cluster", CLUSTER, "-n", "catalog", "--webhooks", "-", stdin=text)

    def _set(self, random: Random, fleet: FleetRepo) -> str:
        flags = [
            part
            for _ in range(random.randint(1, 3))
            for part in (random.choice(("--set", "--set-string", "--set-json")), words(random, SET, 8))
        ]
        component = random.choice(("base", "istiod", "cni", "ztunnel", "gateway"))
        return _reading(fleet, "template", component, "--version", "v1.24.3", *flags)

    def _selector(self, random: Random, fleet: FleetRepo) -> str:
        text = words(random, SELECTORS, 8)
        asked = random.choice(
            (
                ("promote", f"--selector={text}", "--to", "default", "--dry-run"),
                ("promote", "-n", "catalog", "--to", "default", f"--cluster-selector={text}", "--dry-run"),
                ("explain", "--cluster", CLUSTER, "-n", "catalog", f"--pod-labels={text}"),
                ("status", f"--cluster={text}"),
            )
        )
        return _reading(fleet, *asked)


def _rendering(fleet: FleetRepo) -> str:
    """What `check` and `render` say of specs or of a tree, which agree."""
    before = files(fleet.root)
    checked = command(fleet, "check", codes=(0, 1, 2))
    expect_same(before, files(fleet.root), "check")
    done = command(fleet, "render", codes=(0, 2))
    after = files(fleet.root)
    said = f"{checked.out}{checked.err}\n{done.out}{done.err}"
    if (checked.code == 2) != (done.code == 2):
        raise Broken(f"check has code {checked.code} and render {done.code}\n{said}")
    if done.code == 2:
        expect_same(before, after, "a render that is refused")
        return "2"
    expect_same(_outside(before), _outside(after), "render, outside of the tree")
    if (checked.code == 1) != (tree_of(before) != tree_of(after)):
        raise Broken(f"check has code {checked.code}, and render changed {tree_of(before) != tree_of(after)}\n{said}")
    if gone := _revisions(before) - _revisions(after):
        raise Broken(f"render took away {sorted(gone)}\n{said}")
    again = command(fleet, "render", codes=(0,))
    expect_same(after, files(fleet.root), f"a second render\n{again.out}")
    command(fleet, "check", codes=(0,))
    return str(checked.code)


def _reading(fleet: FleetRepo, *arguments: str, stdin: str = "", **environment: str) -> str:
    """The exit code of a command that writes nothing."""
    before = files(fleet.root)
    done = command(fleet, *arguments, stdin=stdin, **environment)
    expect_same(before, files(fleet.root), arguments[0])
    return str(done.code)


def _patch(random: Random) -> dict[str, Any]:
    """One that may well be right, with a mistake in every second."""
    operation = {
        "op": random.choice(("add", "remove", "replace", "test", "move", "copy")),
        "path": random.choice(PATHS),
    }
    operation |= {"value": random.choice(ODD), "from": random.choice(PATHS)}
    merge = {"apiVersion": "sailoperator.io/v1", "kind": "Istio", "metadata": {"name": "default"}}
    merge |= {
        "spec": {"values": {"pilot": {"env": {"A": random.choice(ODD)}, "$patch": random.choice(("merge", "delete"))}}}
    }
    body: Any = random.choice(([operation], merge))
    if random.random() < 0.5:
        body = mutate_data(random, body)
    entry: dict[str, Any] = {"patch": json.dumps(body)}
    if isinstance(body, list) or random.random() < 0.5:
        target = {"kind": "Istio", "name": "def.*", "labelSelector": "a=b", "group": "sailoperator.io", "version": "v1"}
        entry["target"] = {key: target[key] for key in random.sample(list(target), random.randint(1, 3))}
    return mutate_data(random, entry) if random.random() < 0.3 else entry


def _below(fleet: FleetRepo, folder: str) -> list[str]:
    found = sorted((fleet.root / folder).rglob("*"))
    return [
        path.relative_to(fleet.root).as_posix() for path in found if path.is_file() and ".meshrev" not in path.parts
    ]


def _outside(found: dict[str, bytes]) -> dict[str, bytes]:
    return {path: data for path, data in found.items() if not path.startswith("rendered/")}


def _revisions(found: dict[str, bytes]) -> set[str]:
    return {os.path.dirname(path) for path in found if "/revisions/" in path}  # noqa: PTH120
