"""The entry point: finds the verb's module, and turns exceptions into exit codes.

0 done; 1 findings or drift; 2 the input is wrong; 3 a bug of meshrev; 4 the outside world failed, try again.
A verb's module is imported only when it is called, so that `meshrev --version` stays quick.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import NoReturn, TextIO

import click

from render.cli.options.common import log_options
from render.cli.options.fleet import OPTION
from render.errors import InputError, MeshrevError
from render.git.environment import forget_the_hook
from render.version import VERSION

VERBS = {
    "chart": "Keep Istio's charts in the fleet repo, for releases of which this program has no templates.",
    "check": "Say whether the committed tree is what the specs say; write nothing.",
    "cmp": "Answer Argo CD as its config management plugin.",
    "diff": "Show what changes in the clusters between two revisions of the repository.",
    "explain": "Say which revision injects a pod, and why.",
    "hazards": "List what is known to go wrong in an upgrade, and what of it this fleet meets.",
    "hydrate": "Write one cluster's tree to a branch, for GitOps Promoter or Argo CD.",
    "import": "Make specs of what runs, and say what a sync of them would change.",
    "init": "Write the first files of a fleet, and its first tree.",
    "inject": "Print pods as the mesh would make them, by istioctl and the files of the tree.",
    "krm": "Answer Kustomize as a function (KRM), or as an exec plugin.",
    "lint": "Say what is wrong or risky, with a code and a page for each.",
    "log": "List the operations of the fleet: when, who, what, how many.",
    "observe": "Note which revisions and proxies the pods of a cluster run.",
    "promote": "Move namespaces, tags and clusters to another revision: one commit, or a pull request.",
    "remote-secret": "Print how to make the Secrets by which istiods read other clusters.",
    "render": "Write the manifests that the specs say.",
    "retire": "Remove a revision that nothing uses any more.",
    "rollback": "Take an operation back, with what others changed since kept.",
    "rollout": "Upgrade the fleet in waves with gates, a step a run.",
    "schema": "Print the JSON schema of a kind, for editors.",
    "status": "Show revisions, tags and namespaces, and who uses whom.",
    "template": "Print one component as `helm template` of Istio's chart would.",
    "tidy": "Fold patches that promoting added back into the base.",
    "verify": "Ask a cluster's API server what applying the tree would do; write nothing.",
    "versions": "List Istio's releases: aliases, support windows, Kubernetes versions.",
}


# Where a verb's module is not `render.cli.<verb>`.
MODULES = {
    "cmp": "hosts.cmp",
    "hydrate": "change.hydrate",
    "import": "import_specs",
    "krm": "hosts.krm",
    "remote-secret": "remote_secret",
    "promote": "change.promote",
    "retire": "change.retire",
    "rollback": "change.rollback",
    "rollout": "change.rollout",
    "tidy": "change.tidy",
}


# What people look for under the names that other programs have for it.
_CALLED_HERE = {
    "apply": "Argo CD or Flux apply the committed tree; `meshrev render` writes it, `meshrev verify` asks a cluster",
    "build": "`meshrev render` writes the tree, `meshrev template` prints one component",
    "install": "Argo CD or Flux apply the committed tree; `meshrev init` begins a fleet",
    "generate": "`meshrev render` writes the tree, `meshrev template -f` prints an IstioOperator",
    "revert": "`meshrev rollback` takes an operation back",
    "uninstall": "`meshrev retire` removes a revision that nothing uses any more",
    "upgrade": "`meshrev promote --istio NAME --version V` brings a version in, `promote` moves what follows it",
    "validate": "`meshrev lint` says what is wrong or risky, `meshrev check` compares the tree with the specs",
}


class Verbs(click.Group):
    """The commands by name; each is the object `command` of its module."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = import_module(f"render.cli.{MODULES.get(name, name)}").command
        given = {option.name for option in command.params}
        command.params += [option for option in log_options(hidden=True) if option.name not in given]
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            from render.messages import nearest

            if args[0] in _CALLED_HERE:
                ctx.fail(f"no such command: {args[0]} ({_CALLED_HERE[args[0]]})")
            guess = nearest(args[0], VERBS)
            ctx.fail(f"no such command: {args[0]}" + (f" (did you mean {guess}?)" if guess else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]}, params=log_options())
@click.version_option(VERSION, prog_name="meshrev", message="%(prog)s %(version)s")
@click.option(
    "-C", OPTION, metavar="FOLDER", default=".", help="Where to look for the fleet, upwards, instead of from here."
)
def meshrev(folder: str) -> None:
    """Istio revisions from a git repository: specs in, committed manifests out.

    Errors name file, line and column. Exit codes: 0 done, 1 findings or drift, 2 the input is wrong,
    3 a bug of meshrev, 4 the outside world failed (try again).
    """
    forget_the_hook()
    try:
        os.scandir(folder).close()
    except OSError as error:
        raise click.UsageError(f"-C {folder}: {error.strerror}") from None


def main() -> NoReturn:
    """Run the command line. Never returns: exits with the code that says how it went."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # whatever a terminal's encoding lacks is escaped too
            stream.reconfigure(errors="backslashreplace")
    try:
        _refuse_bytes(sys.argv[1:])
        sys.exit(meshrev.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        _stop("interrupted", 130)
    except click.ClickException as error:
        _stop_usage(error)
    except InputError as error:
        _print_errors(finding.text() for finding in error.findings)
        sys.exit(error.exit_code)
    except MeshrevError as error:
        _stop(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python would complain again while it shuts down.
        _to_nowhere(sys.stdout)
        sys.exit(0)
    except KeyboardInterrupt:
        _stop("interrupted", 130)
    except OSError as error:
        if error.errno not in _FULL:
            _bug()
        _to_nowhere(sys.stdout)  # as above
        _stop(f"not all could be written: no room is left on the disk{_disk_of(error)}", 4)
    except Exception:
        _bug()


def _disk_of(error: OSError) -> str:
    """Returns which disk is full, in brackets after a space, where the error names a file on it."""
    from render.tree.store.disk import full_disk

    return full_disk(error, Path(error.filename)) if isinstance(error.filename, str) else ""


_FULL = (errno.ENOSPC, errno.EDQUOT)


def _refuse_bytes(arguments: Sequence[str]) -> None:
    """Refuses arguments that are no text: they are compared with names in files, and go into commits and JSON."""
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise click.UsageError(f"an argument is not UTF-8 text: {argument}") from None


def _print_errors(lines: Iterable[str]) -> None:
    """Print these lines on standard error. The exit code says more than they do, so it stays what it is where they
    cannot be written."""
    from render.cli.output import print_line

    try:
        for line in lines:
            print_line(line, err=True)
    except OSError:
        _to_nowhere(sys.stderr)


def _to_nowhere(stream: TextIO) -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _stop(message: str, code: int) -> NoReturn:
    _print_errors([f"meshrev: {message}"])
    sys.exit(code)


def _stop_usage(error: click.ClickException) -> NoReturn:
    """As click shows it, but what was given stays on one line."""
    context = error.ctx if isinstance(error, click.UsageError) else None
    lines = [*context.get_usage().split("\n"), f"Try '{context.command_path} --help' for help.", ""] if context else []
    _print_errors([*lines, f"Error: {error.format_message()}"])
    sys.exit(2)


def _bug() -> NoReturn:
    """An exception that nobody expected: one line for the person on call, the rest in a file for the report; or before
    that line, where no file can be written."""
    import platform
    import tempfile
    import traceback

    kind, error, _ = sys.exc_info()
    rest = f"meshrev {VERSION}, Python {platform.python_version()}, {platform.platform()}\n"
    rest += f"arguments: {sys.argv[1:]}\n\n{traceback.format_exc()}"
    try:
        with tempfile.NamedTemporaryFile(prefix="meshrev-bug-", suffix=".log", delete=False) as log:
            log.write(rest.encode(errors="backslashreplace"))
        report = log.name
    except OSError:
        _print_errors(rest.splitlines())
        report = "the lines above"
    name = kind.__name__ if kind else "Exception"
    _stop(f"a bug of meshrev, not of your specs: {name}: {error}. Please report it with {report}", 3)
