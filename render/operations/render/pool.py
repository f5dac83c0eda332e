"""Work on many clusters: in this process, or shared out to one process a core.

Clusters do not depend on each other. Each process opens the fleet for itself and reads the shared base once, so only
names go there and only results come back, in the order of the names.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, TypeVar

# Below this many clusters a second process costs more than it takes over (its start is about 0.3 s).
WORTH_A_PROCESS = 24
SHARE = 10  # clusters that a process takes at a time

Context = TypeVar("Context")
Result = TypeVar("Result")


def map_shares(
    begin: Callable[[], Context],
    work: Callable[[Context, Sequence[str]], Result],
    here: Context,
    names: Sequence[str],
) -> Iterator[Result]:
    """Yields what `work` makes of each share of the names, in their order.

    It is given `here` in this process, and what `begin` makes once a process in others, for which both functions have
    to be importable by name.
    """
    processes = min(_cores(), len(names) // (WORTH_A_PROCESS // 2))
    if processes < 2:
        for name in names:
            yield work(here, [name])
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    shares = [names[start : start + SHARE] for start in range(0, len(names), SHARE)]
    # Spawned, not forked: a library with threads of its own must not be copied in the middle of its work.
    with ProcessPoolExecutor(processes, get_context("spawn"), partial(_start_worker, begin)) as pool:
        with _lazy_collection():
            results = pool.map(partial(_work, work), shares)  # starts the processes
        yield from results


@contextmanager
def _lazy_collection() -> Iterator[None]:
    """Processes that are started meanwhile, and load Helm, clean up after it less often: that takes a third of its time
    otherwise, and some 20 MB more are not missed. Go reads `GOGC` when a process begins
    (https://pkg.go.dev/runtime#hdr-Environment_Variables)."""
    if "GOGC" in os.environ:
        yield
        return
    os.environ["GOGC"] = "400"  # percent; 100 is usual
    try:
        yield
    finally:
        del os.environ["GOGC"]


def _cores() -> int:
    """Returns the cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_context: Any = None  # of a worker process, with the caches of all its shares


def _start_worker(begin: Callable[[], Any]) -> None:
    global _context
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _context = begin()


def _end_with_parent() -> None:
    """A parent that was killed tells its workers nothing: they would wait, and keep its output open, for ever."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent:
        parent.join()
        os._exit(1)


def _work(work: Callable[[Any, Sequence[str]], Result], names: Sequence[str]) -> Result:
    return work(_context, names)
