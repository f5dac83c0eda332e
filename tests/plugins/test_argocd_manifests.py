"""The files that a person applies for the Argo CD plugin."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from render.manifests.argocd import application_set
from render.version import VERSION
from tests.support.cases import ROOT
from tests.support.cluster_plan import fleet
from tests.support.crd_schemas import APPLICATION, needs_crds, refused
from tests.support.programs.kustomize import needs_kustomize, program

PLUGIN = ROOT / "plugins/argocd"
# What the patch needs of Argo CD's Deployment: the volumes that its own containers share with sidecars.
REPO_SERVER = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: argocd-repo-server}
spec:
  selector: {matchLabels: {app: repo-server}}
  template:
    metadata: {labels: {app: repo-server}}
    spec:
      initContainers:
      - {name: copyutil, image: argocd, volumeMounts: [{name: var-files, mountPath: /var/run/argocd}]}
      containers:
      - name: argocd-repo-server
        image: argocd
        volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: plugins, mountPath: /home/argocd/cmp-server/plugins}
      volumes:
      - {name: var-files, emptyDir: {}}
      - {name: plugins, emptyDir: {}}
      - {name: tmp, emptyDir: {}}
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Argo CD's kustomization with the plugin's component, built: objects by kind."""
    folder = tmp_path_factory.mktemp("argocd")
    (folder / "repo-server.yaml").write_text(REPO_SERVER)
    (folder / "plugin").mkdir()
    for file in PLUGIN.glob("*.yaml"):
        (folder / "plugin" / file.name).write_text(file.read_text())
    kustomization = {"namespace": "argocd", "resources": ["repo-server.yaml"], "components": ["plugin"]}
    (folder / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    kustomize = program()
    assert kustomize is not None
    done = subprocess.run([kustomize, "build", str(folder)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    objects = list(yaml.safe_load_all(done.stdout))
    assert sorted(item["kind"] for item in objects) == ["ConfigMap", "Deployment"]
    return {item["kind"]: item for item in objects}


@needs_kustomize
def test_the_patched_repo_server_is_valid(installed: dict[str, Any]) -> None:
    for item in installed.values():
        kubernetes_validate.validate(item, "1.31", strict=True)


@needs_kustomize
def test_the_sidecar_runs_argo_cds_server_as_999_with_nothing_it_does_not_need(installed: dict[str, Any]) -> None:
    own, sidecar = sorted(installed["Deployment"]["spec"]["template"]["spec"]["containers"], key=lambda c: c["name"])
    assert own["name"] == "argocd-repo-server"
    assert sidecar["command"] == ["/var/run/argocd/argocd-cmp-server"]
    security = sidecar["securityContext"]
    assert (security["runAsNonRoot"], security["runAsUser"], security["readOnlyRootFilesystem"]) == (True, 999, True)
    assert security["capabilities"] == {"drop": ["ALL"]}
    assert security["allowPrivilegeEscalation"] is False


@needs_kustomize
def test_every_mount_has_its_volume_and_tmp_is_not_shared(installed: dict[str, Any]) -> None:
    pod = installed["Deployment"]["spec"]["template"]["spec"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    own, sidecar = (
        {mount["mountPath"]: mount for mount in container["volumeMounts"]}
        for container in sorted(pod["containers"], key=lambda c: c["name"])
    )
    assert {mount["name"] for mount in sidecar.values()} <= set(volumes)
    assert sidecar["/tmp"]["name"] != own["/tmp"]["name"]
    assert "emptyDir" in volumes[sidecar["/tmp"]["name"]]
    plugin = sidecar["/home/argocd/cmp-server/config/plugin.yaml"]
    config = volumes[plugin["name"]]["configMap"]["name"]
    assert config == installed["ConfigMap"]["metadata"]["name"]
    assert installed["ConfigMap"]["data"][plugin["subPath"]] == (PLUGIN / "plugin.yaml").read_text()


def test_the_plugins_name_carries_the_programs_version_everywhere() -> None:
    plugin = yaml.safe_load((PLUGIN / "plugin.yaml").read_text())
    assert (plugin["kind"], plugin["spec"]["version"]) == ("ConfigManagementPlugin", f"v{VERSION}")
    name = f"{plugin['metadata']['name']}-{plugin['spec']['version']}"
    application = yaml.safe_load((PLUGIN / "application.yaml").read_text())
    assert application["spec"]["source"]["plugin"]["name"] == name
    patch = yaml.safe_load((PLUGIN / "repo-server.yaml").read_text())
    (sidecar,) = patch["spec"]["template"]["spec"]["containers"]
    assert sidecar["name"] == name.replace(".", "-")
    assert sidecar["image"] == f"meshrev-argocd:{VERSION}"


def test_argo_cd_does_not_copy_the_repository_to_ask_whether_the_plugin_fits() -> None:
    assert "discover" not in yaml.safe_load((PLUGIN / "plugin.yaml").read_text())["spec"]


@needs_crds
def test_the_example_application_is_valid() -> None:
    application = yaml.safe_load((PLUGIN / "application.yaml").read_text())
    assert refused(APPLICATION, application) == []
    application["spec"]["source"]["plugn"] = {}
    assert len(refused(APPLICATION, application)) == 1


def test_the_example_application_has_what_rendered_ones_have() -> None:
    bundle = application_set(fleet(delivery={"type": "argocd", "repoURL": "https://git.example.com/platform/mesh.git"}))
    assert bundle
    template = json.loads(bundle.manifests[0].json)["spec"]["template"]
    application = yaml.safe_load((PLUGIN / "application.yaml").read_text())
    rendered, written = template["spec"], application["spec"]
    assert application["metadata"]["annotations"].keys() == template["metadata"]["annotations"].keys()
    assert written["ignoreDifferences"] == rendered["ignoreDifferences"]
    assert {*written["syncPolicy"]["syncOptions"]} == {*rendered["syncPolicy"]["syncOptions"], "CreateNamespace=true"}
    assert written["syncPolicy"]["retry"] == rendered["syncPolicy"]["retry"]
    assert written.keys() == rendered.keys()
    assert written["destination"]["namespace"]


@needs_kustomize
def test_the_settings_for_large_repositories_are_a_patch_of_argo_cds_own(tmp_path: Path) -> None:
    patch = (PLUGIN / "cmd-params.yaml").read_text()
    own = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "argocd-cmd-params-cm"}, "data": {"a": "b"}}
    (tmp_path / "cm.yaml").write_text(yaml.safe_dump(own))
    (tmp_path / "patch.yaml").write_text(patch)
    kustomization = {"resources": ["cm.yaml"], "patches": [{"path": "patch.yaml"}]}
    (tmp_path / "kustomization.yaml").write_text(yaml.safe_dump(kustomization))
    kustomize = program()
    assert kustomize is not None
    built = subprocess.run([kustomize, "build", str(tmp_path)], capture_output=True, text=True, check=True).stdout
    assert yaml.safe_load(built)["data"] == {"a": "b", **yaml.safe_load(patch)["data"]}
