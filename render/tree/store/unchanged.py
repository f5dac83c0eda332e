"""Knowing that a cluster's tree is as it was left, without reading it.

For each cluster one small file below `.meshrev/digests/` keeps the digest of the inputs that its tree was rendered
from, and a digest of what the system says about every file of the tree: name, size, times and inode. The
cache is untracked, and deleting it changes nothing but time.
"""

from __future__ import annotations

import hashlib
import os
import stat
import time
from array import array
from contextlib import suppress
from io import FileIO

from render.tree.layout import cluster_folder
from render.tree.store.disk import read_bytes
from render.tree.store.fleet_folder import FleetFolder
from render.tree.store.state_folder import DIGESTS

_SIGNED = (1 << 63) - 1
_TRIES = 4
_TICK = 0.01  # seconds: the clock that stamps files advances at least this often


def still_current(output: FleetFolder, cluster: str, input_digest: str) -> bool:
    """Returns whether the tree of `cluster` was complete when it was rendered from these inputs, and is untouched
    since.

    `input_digest` stands for all that the tree depends on but the tree itself: specs, program version.
    False means only that it is not known.
    """
    folder = f"{output.folder}/{cluster_folder(cluster)}"
    try:
        known_input, _, known_tree = read_bytes(f"{output.folder}/{DIGESTS}/{cluster}").decode().partition(" ")
        return known_input == input_digest and known_tree == _signature(folder)[0]
    except (OSError, ValueError):
        return False


def remember(output: FleetFolder, cluster: str, input_digest: str) -> None:
    """Notes that the tree of `cluster` is that of these inputs. For a tree that was just compared or committed and
    holds nothing that has to be told of, in `lock(output)`.

    A file that changes in the very tick of the clock in which it was looked at would look unchanged. So it is
    noted only once the file system stamps a new file later than all of the tree.
    """
    folder = f"{output.folder}/{cluster_folder(cluster)}"
    cache = output / DIGESTS / cluster
    with suppress(OSError):  # a cache that cannot be written costs time only
        cache.parent.mkdir(parents=True, exist_ok=True)
        cache.unlink(missing_ok=True)
        with cache.open("xb", buffering=0) as file:
            _note(file, folder, input_digest)


def _note(file: FileIO, folder: str, input_digest: str) -> None:
    for _ in range(_TRIES):
        file.write(b"-")  # stamped with the file system's own clock
        signature, newest = _signature(folder)
        if newest < os.fstat(file.fileno()).st_mtime_ns:
            file.seek(0)
            file.write(f"{input_digest} {signature}".encode())
            return
        time.sleep(_TICK)


def _signature(folder: str) -> tuple[str, int]:
    """Returns a digest of what the system says about all that is in the folder, and the newest of its time stamps.

    `OSError` where a symbolic link is in the way: no tree that meshrev wrote has one.
    """
    if os.path.islink(folder):  # noqa: PTH114 - a Path would be made for this alone
        raise OSError("a symbolic link: not as it was written")
    names: list[str] = []
    numbers = array("q")
    newest = 0
    ahead = [""]
    while ahead:
        inside = ahead.pop()
        with os.scandir(f"{folder}/{inside}") as entries:
            for entry in sorted(entries, key=_name):
                if entry.is_dir(follow_symlinks=False):
                    ahead.append(f"{inside}{entry.name}/")
                    names.append(ahead[-1])
                    continue
                about = entry.stat(follow_symlinks=False)
                if stat.S_ISLNK(about.st_mode):
                    raise OSError("a symbolic link: not as it was written")
                names.append(entry.name)
                stamp = about.st_ctime_ns
                numbers.extend((about.st_size, about.st_mtime_ns, stamp, about.st_ino & _SIGNED))
                if stamp > newest:
                    newest = stamp
    digest = hashlib.blake2b("\0".join(names).encode(errors="surrogateescape"), digest_size=20)
    digest.update(numbers)
    return digest.hexdigest(), newest


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name
