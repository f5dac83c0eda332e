"""Images of a release: built twice and compared, pushed as they were built, and said what is in them. There is no
docker here: stand-ins take the commands, and the archives are made up after the OCI image layout."""

from __future__ import annotations

import hashlib
import importlib.util
import io
import json
import os
import subprocess
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from render.version import VERSION
from tests.support.cases import ROOT

SCRIPTS = ROOT / "scripts/release"

STATUS = """\
Package: git
Status: install ok installed
Architecture: amd64
Version: 1:2.39.5-0+deb12u2

Package: perl
Status: deinstall ok config-files
Architecture: amd64
Version: 5.36.0-7
"""
BASE = {
    "var/lib/dpkg/status": "Package: base-files\nStatus: install ok installed\nArchitecture: amd64\nVersion: 12.4\n",
    "usr/local/lib/python3.11/site-packages/pip-24.0.dist-info/METADATA": "Name: pip\nVersion: 24.0\n",
    "usr/local/lib/python3.11/site-packages/wheel-0.46.3.dist-info/METADATA": "Name: wheel\nVersion: 0.46.3\n",
    "usr/lib/notes": "nothing that is installed",
}
ON_TOP = {
    "var/lib/dpkg/status": STATUS,
    "usr/local/lib/python3.11/site-packages/.wh.wheel-0.46.3.dist-info": "",
    "opt/meshrev/lib/python3.11/site-packages/ruamel.yaml-0.19.1.dist-info/METADATA": (
        "Metadata-Version: 2.4\nName: ruamel.yaml\nVersion: 0.19.1\n\nName: of something in the text\n"
    ),
}


def tarred(files: dict[str, bytes]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return packed.getvalue()


def archive(file: Path, *layers: dict[str, str]) -> str:
    """Writes an image and returns its digest."""
    blobs: dict[str, bytes] = {}

    def blob(content: bytes) -> dict[str, str | int]:
        digest = hashlib.sha256(content).hexdigest()
        blobs[f"blobs/sha256/{digest}"] = content
        return {"digest": f"sha256:{digest}", "size": len(content)}

    packed = [blob(tarred({name: text.encode() for name, text in layer.items()})) for layer in layers]
    manifest = blob(json.dumps({"schemaVersion": 2, "config": blob(b"{}"), "layers": packed}).encode())
    index = {"schemaVersion": 2, "manifests": [manifest]}
    file.write_bytes(tarred(blobs | {"index.json": json.dumps(index).encode()}))
    return str(manifest["digest"])


@pytest.fixture(scope="module")
def oci() -> ModuleType:
    spec = importlib.util.spec_from_file_location("oci", SCRIPTS / "oci.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_an_image_holds_what_its_topmost_layers_leave(oci: ModuleType, tmp_path: Path) -> None:
    digest = archive(tmp_path / "image.tar", BASE, ON_TOP)
    with tarfile.open(tmp_path / "image.tar") as image:
        bom = oci.sbom(image, "meshrev", "1.2.3")
    assert [one["purl"] for one in bom["components"]] == [
        "pkg:deb/debian/git@1%3A2.39.5-0%2Bdeb12u2?arch=amd64",
        "pkg:pypi/pip@24.0",
        "pkg:pypi/ruamel-yaml@0.19.1",
    ]
    assert bom["metadata"]["component"]["purl"] == f"pkg:oci/meshrev@{digest.replace(':', '%3A')}"


def test_a_folder_that_a_layer_replaces_is_gone(oci: ModuleType, tmp_path: Path) -> None:
    archive(tmp_path / "image.tar", BASE, {"usr/local/lib/.wh..wh..opq": ""})
    with tarfile.open(tmp_path / "image.tar") as image:
        assert [one["name"] for one in oci.sbom(image, "a", "1")["components"]] == ["base-files"]


def test_the_sbom_of_an_image_is_one_by_its_schema(tmp_path: Path) -> None:
    archive(tmp_path / "image.tar", BASE, ON_TOP)
    command = ["python3", "-I", SCRIPTS / "oci.py", "sbom", tmp_path / "image.tar", "meshrev", VERSION]
    bom = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    check = (
        "import sys; from cyclonedx.schema import SchemaVersion; "
        "from cyclonedx.validation.json import JsonStrictValidator; "
        "print(JsonStrictValidator(SchemaVersion.V1_6).validate_str(sys.stdin.read()))"
    )
    judge = [ROOT / ".tools/dist/bin/python", "-c", check]
    done = subprocess.run(judge, input=bom, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("None\n", "")


def stand_ins(folder: Path, **programs: str) -> dict[str, str]:
    """Programs in front of all others, each a shell script that notes how it was called in `asked`."""
    folder.mkdir()
    for name, script in programs.items():
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >> "{folder}/asked"\n{script}\n')
        (folder / name).chmod(0o755)
    return dict(os.environ) | {"PATH": f"{folder}:{os.environ['PATH']}"}


def asked(folder: Path) -> list[str]:
    return (folder / "asked").read_text().splitlines()


DOCKER = """
[ "$2" = build ] || exit 0
for word; do case $word in type=oci,dest=*) file=${word#type=oci,dest=} ;; esac; done
file=${file%%,*}
cp "$IMAGES/$(basename "$file")" "$file"
"""


def image(tmp_path: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    environment = stand_ins(tmp_path / "bin", docker=DOCKER) | {"IMAGES": str(tmp_path)}
    command = ["sh", SCRIPTS / "image.sh", "Dockerfile", "meshrev", tmp_path / "out"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_two_builds_that_are_equal_are_one_image(tmp_path: Path) -> None:
    digest = archive(tmp_path / "first.oci.tar", BASE, ON_TOP)
    archive(tmp_path / "second.oci.tar", BASE, ON_TOP)
    done = image(tmp_path)
    assert (done.returncode, done.stdout) == (0, f"meshrev {VERSION} is {digest}\n"), done.stderr
    assert {file.name for file in (tmp_path / "out").iterdir()} == {"meshrev.oci.tar", "meshrev-image.cdx.json"}
    create, first, second, remove = asked(tmp_path / "bin")
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%ct"]
    made = subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()
    assert first.replace("/first.oci", "/second.oci") == second
    assert "--no-cache" in first
    assert f"SOURCE_DATE_EPOCH={made}" in first
    assert "rewrite-timestamp=true" in first
    assert create.split()[4] == remove.split()[3]


def test_two_builds_that_differ_are_none(tmp_path: Path) -> None:
    first = archive(tmp_path / "first.oci.tar", BASE)
    second = archive(tmp_path / "second.oci.tar", BASE, ON_TOP)
    done = image(tmp_path)
    assert (done.returncode, done.stderr) == (1, f"two builds of Dockerfile differ: {first} and {second}\n")
    assert list((tmp_path / "out").iterdir()) == []


def push(tmp_path: Path, digest: str) -> subprocess.CompletedProcess[str]:
    skopeo = f'[ "$1" != inspect ] || echo {digest}'
    environment = stand_ins(tmp_path / "bin", docker="cat > /dev/null", skopeo=skopeo, cosign="")
    environment |= {"TOKEN": "secret", "ACTOR": "somebody", "GITHUB_OUTPUT": str(tmp_path / "output")}
    command = ["sh", SCRIPTS / "push.sh", tmp_path / "image.tar", "ghcr.io/Org/meshrev", "1.2.3"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def test_an_image_is_pushed_as_it_was_built_and_signed_by_its_digest(tmp_path: Path) -> None:
    digest = archive(tmp_path / "image.tar", BASE)
    done = push(tmp_path, digest)
    assert done.returncode == 0, done.stderr
    assert asked(tmp_path / "bin") == [
        "docker login --username somebody --password-stdin ghcr.io",
        f"skopeo copy --preserve-digests oci-archive:{tmp_path}/image.tar docker://ghcr.io/org/meshrev:1.2.3",
        "skopeo inspect --format {{.Digest}} docker://ghcr.io/org/meshrev:1.2.3",
        f"cosign sign --yes ghcr.io/org/meshrev@{digest}",
    ]
    assert (tmp_path / "output").read_text() == f"image=ghcr.io/org/meshrev\ndigest={digest}\n"


def test_what_the_registry_calls_otherwise_is_not_signed(tmp_path: Path) -> None:
    digest = archive(tmp_path / "image.tar", BASE)
    other = "sha256:" + "0" * 64
    done = push(tmp_path, other)
    assert (done.returncode, done.stderr) == (1, f"ghcr.io/org/meshrev:1.2.3 is {other}, and {digest} was built\n")
    assert not any(call.startswith("cosign") for call in asked(tmp_path / "bin"))
