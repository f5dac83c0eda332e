"""The command line as a process of its own that has its imports behind it: forked from one that has done nothing else.

Why: of a small command most of the time goes into starting Python and importing, and the scenarios run thousands.

How: the first command of a test process starts a second one, which imports the whole program and then waits. For each
command it forks: the child takes the arguments, folder, environment and standard streams of the test, and is the
command, up to its own exit code. No command sees what another did. `FleetRepo.meshrev` is the way in.

So that this is all that a command costs, the templates and the facts of releases are read before the first fork and all
of it is frozen (`gc.freeze`), and a command ends as a process of `multiprocessing` does: exit functions run and streams
are flushed, but no module is taken apart. That copied every page of the process, and took longer than most commands.

When not to use it, but to start `python -m render`:
- where the test is about the start: how long it takes, what is imported when, what an import that fails leads to;
- where the test kills, stops or limits the process, or traces it: it is no child of the test;
- where the program is another one than this checkout's, such as an installed `meshrev`.
Where the environment differs in something that Python or an import looks at when it starts, a real start is made here.

    python -m tests.support.warm FD    waits on a socket for commands to run (what `run` starts)
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from functools import cache
from io import TextIOWrapper
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).parents[2]
_MOST = 1 << 17  # bytes of a request
# What is looked at when Python starts or a module is imported; the rest when a command runs.
_AT_START = ("PYTHON", "LC_", "LANG", "TZ", "PATH", "LD_", "GIT_PYTHON")
_ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def run(
    arguments: Sequence[str], cwd: Path, env: Mapping[str, str], text: str, seconds: int = 0
) -> tuple[int, str, str]:
    """The exit code of `python -m render` with these arguments, what it printed, and what it complained of.

    Bytes of `text` that are not UTF-8 are given as surrogates. A command that takes more `seconds` is ended by SIGALRM,
    unless it is a real start; with 0 it takes as long as it likes.
    """
    if _looked_at(env) != _looked_at(_ENVIRONMENT):
        command = [sys.executable, "-m", "render", *arguments]
        done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, env=env)
        return done.returncode, done.stdout, done.stderr
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(text.encode(errors="surrogateescape"))
        given.seek(0)
        told, tell = os.pipe()
        request = json.dumps([list(arguments), os.fspath(cwd), dict(env), seconds]).encode()
        socket.send_fds(_warm(os.getpid()), [request], [given.fileno(), out.fileno(), err.fileno(), tell])
        os.close(tell)
        with os.fdopen(told) as answer:
            code = int(answer.read())
        out.seek(0)
        err.seek(0)
        return code, TextIOWrapper(out).read(), TextIOWrapper(err).read()


def _looked_at(env: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in env.items() if name.startswith(_AT_START)}


@cache
def _warm(_pid: int) -> socket.socket:
    """The socket of the waiting process; it ends with this one, when nobody holds the other end any more."""
    ours, its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _MOST)
    command = [sys.executable, "-m", "tests.support.warm", str(its.fileno())]
    none = subprocess.DEVNULL
    subprocess.Popen(command, cwd=ROOT, env=_ENVIRONMENT, pass_fds=[its.fileno()], stdin=none, stdout=none, stderr=none)
    its.close()
    return ours


def _wait(asked: socket.socket) -> None:
    """Serve requests until there are no more; returns in the process that is to be the command."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those in between
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, _MOST, 4)
        if not request:
            sys.exit()
        if os.fork() == 0:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            asked.close()
            *streams, tell = descriptors
            if pid := os.fork():
                _, status = os.waitpid(pid, 0)
                os.write(tell, str(os.waitstatus_to_exitcode(status)).encode())
                os._exit(0)
            os.close(tell)
            arguments, cwd, env, seconds = json.loads(request)
            signal.alarm(seconds)
            for number, descriptor in enumerate(streams):
                os.dup2(descriptor, number)
                os.close(descriptor)
            os.chdir(cwd)
            os.environ.clear()
            os.environ.update(env)
            sys.argv[1:] = arguments
            return
        for descriptor in descriptors:
            os.close(descriptor)


def _read_what_comes_with_the_program() -> None:
    """Compile the templates and read the facts of all releases: data of the package, the same for every command."""
    from render.manifests.builtin import component, facts
    from render.specs import releases

    for minor in reversed(releases.minors().values()):  # the oldest are used most: they are to be the last
        for name in facts.components():
            component.render_json(name, str(minor.releases[-1]), "a", "a", {})


def _end(code: int) -> NoReturn:
    """End this process in the order of Python itself: threads, exit functions, streams. A stream that cannot be
    written raises, and the end is Python's own."""
    threading._shutdown()
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    import pkgutil
    import runpy
    from importlib import import_module

    import render

    for module in pkgutil.walk_packages(render.__path__, "render."):
        if not module.name.endswith("__main__"):
            import_module(module.name)
    _read_what_comes_with_the_program()
    gc.collect()
    gc.freeze()
    _wait(socket.socket(fileno=int(sys.argv[1])))
    try:
        runpy.run_module("render", run_name="__main__", alter_sys=True)
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _end(ended.code)
        raise
