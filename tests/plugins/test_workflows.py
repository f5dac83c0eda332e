"""The action, the workflows and the GitLab job, as the hosts' own linters and schemas see them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from render.kubernetes.check import refusals
from tests.support.cases import ROOT

BIN = Path(sys.executable).parent
ACTION = ROOT / "action.yml"
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
REUSABLE = [file for file in WORKFLOWS if file.name.startswith("meshrev-")]
GITLAB = sorted((ROOT / "plugins/gitlab").glob("*.gitlab-ci.yml"))
SCRIPTS = sorted([*(ROOT / "plugins/github").glob("*.sh"), *(ROOT / "plugins").glob("[cg]i*/*.sh")])


def run(*command: str | Path) -> str:
    done = subprocess.run([str(BIN / command[0]), *map(str, command[1:])], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def loaded(file: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(file.read_text())
    return found


def steps(file: Path) -> list[dict[str, Any]]:
    data = loaded(file)
    jobs = [data["runs"]] if "runs" in data else data["jobs"].values()
    return [step for job in jobs for step in job["steps"]]


def test_actionlint_finds_nothing_in_the_workflows() -> None:
    run("actionlint", *WORKFLOWS)


def test_zizmor_finds_nothing_in_the_action_and_the_workflows() -> None:
    run("zizmor", "--offline", "--no-progress", "--no-config", ACTION, *WORKFLOWS)


def examples(page: str) -> list[str]:
    """The YAML of a page of the documentation, with names in the places of what a reader fills in."""
    text = (ROOT / "docs" / page).read_text().replace("ORG/meshrev", "org/meshrev").replace("COMMIT", "c" * 40)
    return re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def test_the_examples_of_the_documentation_pass_the_same(tmp_path: Path) -> None:
    *github, gitlab, promotion = examples("pull-requests.md")
    assert [yaml.safe_load(text)["name"] for text in github] == ["mesh", "mesh render", "mesh promote"]
    files = [tmp_path / f".github/workflows/{number}.yml" for number in range(len(github))]
    files[0].parent.mkdir(parents=True)
    for file, text in zip(files, github, strict=True):
        file.write_text(text)
    for name, text in {"gitlab.yml": gitlab, "promotion.yml": promotion}.items():
        (tmp_path / name).write_text(text.replace(f"MESHREV_{'c' * 40}", "MESHREV_COMMIT"))
    run("actionlint", *files)
    run("zizmor", "--offline", "--no-progress", "--no-config", *files)
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *files)
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", tmp_path / "gitlab.yml", tmp_path / "promotion.yml")
    (tmp_path / "pre-commit.yaml").write_text(examples("pre-commit.md")[0])
    run("pre-commit", "validate-config", tmp_path / "pre-commit.yaml")
    run("pre-commit", "validate-manifest", ROOT / ".pre-commit-hooks.yaml")


def test_the_examples_of_rollouts_pass_the_same_and_hand_over_what_is_taken(tmp_path: Path) -> None:
    _, workflow, job, *_ = examples("rollouts.md")
    file = tmp_path / ".github/workflows/rollout.yml"
    file.parent.mkdir(parents=True)
    file.write_text(workflow)
    (tmp_path / "job.yml").write_text(job.replace(f"MESHREV_{'c' * 40}", "MESHREV_COMMIT"))
    run("actionlint", file)
    run("zizmor", "--offline", "--no-progress", "--no-config", file)
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", file)
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", tmp_path / "job.yml")
    [called_by] = yaml.safe_load(workflow)["jobs"].values()
    called = loaded(ROOT / called_by["uses"].partition("@")[0].removeprefix("org/meshrev/"))[True]["workflow_call"]
    assert set(called_by["with"]) <= set(called["inputs"])
    assert set(called_by["secrets"]) <= set(called["secrets"])
    included = yaml.safe_load(job)
    [include] = included.pop("include")
    assert set(included) == set(loaded(ROOT / include["file"]))


def test_the_cron_job_is_one_that_a_server_takes_and_has_no_rights_there() -> None:
    objects = list(yaml.safe_load_all((ROOT / "plugins/kubernetes/rollout-cronjob.yaml").read_text()))
    assert [one["kind"] for one in objects] == ["Namespace", "ServiceAccount", "CronJob"]
    for one in objects:
        assert refusals(one) == []
    pod = objects[2]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert pod["automountServiceAccountToken"] is False
    for container in (*pod["initContainers"], *pod["containers"]):
        assert container["securityContext"]["readOnlyRootFilesystem"]
    assert pod["containers"][0]["args"][2:] == ["rollout", "advance", "--push"]


def test_the_documentation_hands_over_what_action_and_workflows_take() -> None:
    action, render, promote, *_ = map(yaml.safe_load, examples("pull-requests.md"))
    table = (ROOT / "docs/pull-requests.md").read_text().split("| input |")[1].split("\n\n")[0]
    assert set(re.findall(r"^\| `(\w+)`", table, re.MULTILINE)) == set(loaded(ACTION)["inputs"])
    assert action["jobs"]["check"]["steps"][1] == {"uses": f"org/meshrev@{'c' * 40}"}
    for example in (render, promote):
        [job] = example["jobs"].values()
        called = loaded(ROOT / job["uses"].partition("@")[0].removeprefix("org/meshrev/"))[True]["workflow_call"]
        assert set(job["with"]) <= set(called["inputs"])
        assert set(job["secrets"]) <= set(called["secrets"])


def test_the_documentation_includes_jobs_that_are_there() -> None:
    *_, check, promotion = map(yaml.safe_load, examples("pull-requests.md"))
    for page in (check, promotion):
        [include] = page.pop("include")
        assert set(page) == set(loaded(ROOT / include["file"]))


def test_everything_has_the_form_that_its_host_takes() -> None:
    run("check-jsonschema", "--builtin-schema", "vendor.github-workflows", *WORKFLOWS)
    run("check-jsonschema", "--builtin-schema", "vendor.github-actions", ACTION)
    run("check-jsonschema", "--builtin-schema", "vendor.gitlab-ci", *GITLAB)


@pytest.mark.parametrize("file", [ACTION, *WORKFLOWS], ids=lambda file: file.name)
def test_what_others_wrote_is_pinned_by_commit_with_its_version_beside(file: Path) -> None:
    uses = set(re.findall(r"^ *-? *uses: (.*)$", file.read_text(), re.MULTILINE))
    uses = {use for use in uses if not use.startswith("./ ")}
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", use)] == []


def test_an_action_is_pinned_to_the_same_commit_everywhere() -> None:
    pins: dict[str, set[str]] = {}
    for file in (ACTION, *WORKFLOWS):
        for name, pin in re.findall(r"uses: ([\w./-]+)@(.*)", file.read_text()):
            pins.setdefault(name, set()).add(pin)
    assert {name: len(found) for name, found in pins.items()} == dict.fromkeys(pins, 1)


@pytest.mark.parametrize("file", [ACTION, *REUSABLE], ids=lambda file: file.name)
def test_a_script_gets_what_others_say_through_its_environment_only(file: Path) -> None:
    assert [step["run"] for step in steps(file) if "${{" in step.get("run", "")] == []


@pytest.mark.parametrize("file", REUSABLE, ids=lambda file: file.name)
def test_a_workflow_may_only_read_and_keeps_no_token_in_a_clone(file: Path) -> None:
    data = loaded(file)
    assert data["permissions"] == {}
    assert [job["permissions"] for job in data["jobs"].values()] == [{"contents": "read"}] * len(data["jobs"])
    assert all(0 < job["timeout-minutes"] <= 15 for job in data["jobs"].values())
    clones = [step for step in steps(file) if "actions/checkout@" in step.get("uses", "")]
    assert [clone["with"]["persist-credentials"] for clone in clones] == [False, False]


@pytest.mark.parametrize("file", [ACTION, *REUSABLE], ids=lambda file: file.name)
def test_every_script_is_there_and_gets_all_that_it_reads(file: Path) -> None:
    """What a script names in its `In:` comment and neither the runner nor git's user sets comes from the step."""
    for step in steps(file):
        for path in re.findall(r"plugins/[\w/.-]+", step.get("run", "")):
            text = (ROOT / path).read_text()
            text += "".join((ROOT / "plugins/ci" / name).read_text() for name in re.findall(r"/\.\./ci/(\S+)\"", text))
            read = set(re.findall(r"\$\{?([A-Z][A-Z_]+)|environ(?:\.get\(|\[)[\"']([A-Z_]+)", text))
            names = {one or other for one, other in read}
            others = r"GITHUB_(?!TOKEN)|CI_|RUNNER_|HOME$|GIT_CONFIG_COUNT$"
            own = {name for name in names if not re.match(others, name)}
            given = set(step.get("env", {}))
            assert own <= given, f"{step['name']}: {sorted(own - given)}"


def test_promotion_offers_each_option_of_the_verb_and_hands_it_over() -> None:
    workflow = loaded(ROOT / ".github/workflows/meshrev-promote.yml")
    inputs = set(workflow[True]["workflow_call"]["inputs"])  # YAML 1.1 reads `on` as true
    options = set(re.findall(r'"--([\w-]+)=\$', (ROOT / "plugins/ci/promotion.sh").read_text()))
    assert options == inputs - {"folder", "dry-run", "app-client-id", "author", "email"}


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda file: file.name)
def test_a_script_is_one_that_a_plain_shell_reads(script: Path) -> None:
    subprocess.run(["sh", "-n", str(script)], check=True)
