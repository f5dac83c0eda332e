"""Ending or failing a writer at any chosen system call that changes something on the disk."""

from __future__ import annotations

import os
import signal
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.journal import Recovery
from render.tree.store.lock import lock

# What the writer does to a disk; what calls these in the standard library finds the replacements too.
_CALLS = [
    *("open", "write", "pwrite", "ftruncate", "posix_fallocate", "mkdir", "rename", "replace", "unlink", "rmdir"),
]


@contextmanager
def at_call(number: int, happens: Callable[[str, tuple[Any, ...]], None]) -> Iterator[list[str]]:
    """Calls `happens` right before the `number`-th call, counted from 0; the value grows by each call's name."""
    made: list[str] = []
    true = {name: getattr(os, name) for name in _CALLS}

    def replacement(name: str) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            made.append(name)
            if len(made) == number + 1:
                happens(name, arguments)
            return true[name](*arguments, **options)

        return call

    for name in _CALLS:
        setattr(os, name, replacement(name))
    try:
        yield made
    finally:
        for name in _CALLS:
            setattr(os, name, true[name])


def calls_of(work: Callable[[], object]) -> list[str]:
    """The names of the calls that `work` makes, in order."""
    with at_call(-1, _never) as calls:
        work()
    return calls


def killed(number: int, work: Callable[[], object], *, torn: bool = False) -> bool:
    """Runs `work` in a process that is killed right before its `number`-th call; with `torn`, after half of it where
    it writes. Whether it was: False means that it came to its end first."""
    pid = os.fork()
    if pid == 0:
        try:
            with at_call(number, _kill_torn if torn else _kill):
                work()
            os._exit(0)
        except BaseException:
            traceback.print_exc()
            os._exit(1)
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    assert code in (0, -signal.SIGKILL), "the writer failed by itself"
    return code != 0


def _never(name: str, arguments: tuple[Any, ...]) -> None:
    raise AssertionError("no call has this number")


def _kill(name: str, arguments: tuple[Any, ...]) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _kill_torn(name: str, arguments: tuple[Any, ...]) -> None:
    if name == "write":
        descriptor, data = arguments
        os.pwrite(descriptor, data[: len(data) // 2], 0)
    _kill(name, arguments)


def recover(output: FleetFolder) -> Recovery | None:
    """Settles what a writer left unfinished, as the next one does; says how."""
    with lock(output) as recovery:
        return recovery


def in_child(work: Callable[[], str]) -> str:
    """What `work` returns in a process of its own, which may give up rights or limit itself."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writing, work().encode())
        except BaseException:
            os.write(writing, traceback.format_exc().encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(pid, 0)
    return text
