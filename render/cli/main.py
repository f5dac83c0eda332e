"""The entry point: finds the verb's module, and turns exceptions into exit codes.

0 done; 1 findings or drift; 2 the input is wrong; 3 a bug of meshrev; 4 the outside world failed, try again.
A verb's module is imported only when it is called, so that `meshrev --version` stays quick.
"""

from __future__ import annotations

import errno
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from render.errors import InputError, MeshrevError
from render.git.process import forget_the_hook
from render.version import VERSION

VERBS = {
    "check": "Say whether the committed tree is what the specs say; write nothing.",
    "cmp": "Answer Argo CD as its config management plugin.",
    "diff": "Show what changes in the clusters between two revisions of the repository.",
    "explain": "Say which revision injects a pod, and why.",
    "hazards": "List what is known to go wrong in an upgrade, and what of it this fleet meets.",
    "hydrate": "Write one cluster's tree to a branch, for GitOps Promoter or Argo CD.",
    "krm": "Answer Kustomize as a function (KRM), or as an exec plugin.",
    "lint": "Say what is wrong or risky, with a code and a page for each.",
    "log": "List the operations of the fleet: when, who, what, how many.",
    "observe": "Note which revisions and proxies the pods of a cluster run.",
    "promote": "Move namespaces, tags and clusters to another revision: one commit, or a pull request.",
    "render": "Write the manifests that the specs say.",
    "retire": "Remove a revision that nothing uses any more.",
    "rollback": "Take an operation back, with what others changed since kept.",
    "status": "Show revisions, tags and namespaces, and who uses whom.",
    "template": "Print one component as `helm template` of Istio's chart would.",
    "tidy": "Fold patches that promoting added back into the base.",
    "versions": "List Istio's releases: aliases, support windows, Kubernetes versions.",
}


class Verbs(click.Group):
    """The commands by name; each is the object `command` of the module of its name."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(VERBS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        if name not in VERBS:
            return None
        command: click.Command = import_module(f"render.cli.{name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in VERBS:
            from render.messages import nearest

            guess = nearest(args[0], VERBS)
            ctx.fail(f"no such command: {args[0]}" + (f" (did you mean {guess}?)" if guess else ""))
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(sorted(VERBS.items()))


@click.group(cls=Verbs, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="meshrev", message="%(prog)s %(version)s")
@click.option("-C", "folder", metavar="FOLDER", default=".", help="The fleet repo, instead of the current folder.")
def meshrev(folder: str) -> None:
    """Istio revisions from a git repository: specs in, committed manifests out.

    Errors name file, line and column. Exit codes: 0 done, 1 findings or drift, 2 the input is wrong,
    3 a bug of meshrev, 4 the outside world failed (try again).
    """
    forget_the_hook()
    try:
        os.chdir(folder)
    except OSError as error:
        raise click.UsageError(f"-C {folder}: {error.strerror}") from None


def main() -> NoReturn:
    """Run the command line. Never returns: exits with the code that says how it went."""
    try:
        sys.exit(meshrev.main(standalone_mode=False) or 0)
    except click.exceptions.Abort:
        _stop("interrupted", 130)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except InputError as error:
        for finding in error.findings:
            click.echo(finding.text(), err=True)
        sys.exit(error.exit_code)
    except MeshrevError as error:
        _stop(str(error), error.exit_code)
    except BrokenPipeError:
        # The reader (`head`, a pager) has seen enough. Python would complain again while it shuts down.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        _stop("interrupted", 130)
    except OSError as error:
        if error.errno not in _FULL:
            _bug()
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # as above
        _stop("not all could be written: no room is left on the disk", 4)
    except Exception:
        _bug()


_FULL = (errno.ENOSPC, errno.EDQUOT)


def _stop(message: str, code: int) -> NoReturn:
    click.echo(f"meshrev: {message}", err=True)
    sys.exit(code)


def _bug() -> NoReturn:
    """An exception that nobody expected: one line for the person on call, the rest in a file for the report."""
    import platform
    import tempfile
    import traceback

    kind, error, _ = sys.exc_info()
    with tempfile.NamedTemporaryFile("w", prefix="meshrev-bug-", suffix=".log", delete=False) as log:
        log.write(f"meshrev {VERSION}, Python {platform.python_version()}, {platform.platform()}\n")
        log.write(f"arguments: {sys.argv[1:]}\n\n{traceback.format_exc()}")
    name = kind.__name__ if kind else "Exception"
    _stop(f"a bug of meshrev, not of your specs: {name}: {error}. Please report it with {log.name}", 3)
