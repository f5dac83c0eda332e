"""`istioctl kube-inject`, given the files of a revision, so that it asks no cluster.

The program is the user's own, found on PATH; nothing here does what it does.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from render.errors import OutsideError, wrong
from render.logs import CLUSTER

TIMEOUT = 60.0  # seconds for one document
# The families of istiod's own switches. A spec can name any variable, and others (LD_PRELOAD, PATH, GODEBUG, proxies)
# would change what runs here and whom it asks.
_SWITCH = re.compile(r"(PILOT|ENABLE|ISTIO|INJECTION|AMBIENT|UNSAFE)_[A-Z0-9_]+|CLUSTER_ID|PLATFORM", re.ASCII)


@dataclass(frozen=True, slots=True)
class InjectorFiles:
    """What an istiod injects with: the configuration of its injector (YAML), the values that templates read (JSON),
    the mesh's configuration (YAML), and its own variables."""

    config: str
    values: str
    mesh: str
    variables: Mapping[str, str]


def kube_inject(document: str, revision: str, files: InjectorFiles, istioctl: str = "istioctl") -> str:
    """Returns the YAML that istioctl prints for one workload (JSON or YAML), without document marks.

    `InputError` where there is no istioctl, or it refuses the workload; `OutsideError` where it does not end.
    """
    with tempfile.TemporaryDirectory(prefix="meshrev-") as folder:
        given = {"config": files.config, "values": files.values, "mesh": files.mesh, "pod": document}
        for name, text in given.items():
            Path(folder, name).write_text(text, encoding="utf-8")
        # Without --revision it waits for a cluster.
        command = [istioctl, "kube-inject", f"--revision={revision}", f"--filename={folder}/pod"]
        command += [f"--injectConfigFile={folder}/config", f"--valuesFile={folder}/values"]
        command += [f"--meshConfigFile={folder}/mesh"]
        environment = os.environ | {name: value for name, value in files.variables.items() if _SWITCH.fullmatch(name)}
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, cwd=folder, env=environment, timeout=TIMEOUT, check=False
            )
        except OSError:
            message = (
                "istioctl is not on PATH, and it is what injects "
                "(https://istio.io/latest/docs/ops/diagnostic-tools/istioctl/ says how to get it)"
            )
            raise wrong("MR302", message) from None
        except subprocess.TimeoutExpired:
            raise OutsideError(f"istioctl does not end within {TIMEOUT:.0f} s") from None
    CLUSTER.info("%s", " ".join(command))
    if done.returncode:
        said = [line.removeprefix("Error: ") for line in done.stderr.strip().splitlines() if line.startswith("Error")]
        raise wrong("MR303", f"istioctl: {said[0] if said else f'exit code {done.returncode}'}")
    return done.stdout.removesuffix("---\n")
