"""Reads a container image in an OCI archive of one platform, as BuildKit writes it.

    oci.py digest ARCHIVE                 the digest that a registry will call it by
    oci.py sbom ARCHIVE NAME VERSION      what is in it, as CycloneDX 1.6: packages of Debian and of Python

The layout: https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import json
import re
import sys
import tarfile
from collections.abc import Iterator
from email.parser import Parser
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

DPKG = "var/lib/dpkg/status"
WHITEOUT = ".wh."
OPAQUE = ".wh..wh..opq"


def blob(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")


def loaded(archive: tarfile.TarFile, name: str) -> Any:
    stream = archive.extractfile(name)
    assert stream is not None, f"{name} is no file"
    return json.load(stream)


def image_digest(archive: tarfile.TarFile) -> str:
    manifests = loaded(archive, "index.json")["manifests"]
    if len(manifests) != 1:
        raise SystemExit(f"the archive holds {len(manifests)} images, not one")
    digest: str = manifests[0]["digest"]
    return digest


def interesting(path: str) -> bool:
    return path == DPKG or re.search(r"\.dist-info/METADATA$", path) is not None


def files(archive: tarfile.TarFile) -> dict[str, str]:
    """The files that say what is installed, as the topmost layer leaves them: path to text."""
    manifest = loaded(archive, blob(image_digest(archive)))
    found: dict[str, str] = {}
    for layer in manifest["layers"]:
        with tarfile.open(fileobj=archive.extractfile(blob(layer["digest"]))) as tar:
            added: dict[str, str] = {}
            for member in tar:
                path = PurePosixPath(member.name.removeprefix("./"))
                if path.name == OPAQUE:
                    gone = path.parent
                elif path.name.startswith(WHITEOUT):
                    gone = path.with_name(path.name.removeprefix(WHITEOUT))
                else:
                    if member.isfile() and interesting(str(path)):
                        stream = tar.extractfile(member)
                        assert stream is not None
                        added[str(path)] = stream.read().decode(errors="replace")
                    continue
                found = {name: text for name, text in found.items() if not PurePosixPath(name).is_relative_to(gone)}
            found |= added
    return found


def components(found: dict[str, str]) -> Iterator[dict[str, str]]:
    """A package each, with its URL: https://github.com/package-url/purl-spec."""
    for path, text in found.items():
        # Paragraphs of fields, as in a mail: https://manpages.debian.org/dpkg/deb822.5
        for paragraph in text.strip().split("\n\n") if path == DPKG else [text]:
            fields = Parser().parsestr(paragraph, headersonly=True)
            if path != DPKG:
                name = re.sub(r"[-_.]+", "-", fields["Name"]).lower()
                yield component(name, fields["Version"], f"pkg:pypi/{name}@{quote(fields['Version'])}")
            elif fields.get("Status", "").endswith(" installed"):
                name, version, architecture = fields["Package"], fields["Version"], fields["Architecture"]
                yield component(name, version, f"pkg:deb/debian/{name}@{quote(version)}?arch={architecture}")


def component(name: str, version: str, purl: str) -> dict[str, str]:
    return {"type": "library", "bom-ref": purl, "name": name, "version": version, "purl": purl}


def sbom(archive: tarfile.TarFile, name: str, version: str) -> dict[str, Any]:
    digest = image_digest(archive)
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "container",
                "bom-ref": "image",
                "name": name,
                "version": version,
                "purl": f"pkg:oci/{name}@{quote(digest, safe='')}",
            }
        },
        # A library can lie in two environments of an image.
        "components": [one for _, one in sorted({one["purl"]: one for one in components(files(archive))}.items())],
    }


def main(what: str, path: str, *named: str) -> None:
    with tarfile.open(Path(path)) as archive:
        print(image_digest(archive) if what == "digest" else json.dumps(sbom(archive, *named), indent=2))


if __name__ == "__main__":
    main(*sys.argv[1:])
