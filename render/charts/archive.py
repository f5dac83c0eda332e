"""A chart's archive (`.tgz`) to files and back, within limits: an archive can hold paths that lead out, links, and a
thousand times its own size.
"""

from __future__ import annotations

import gzip
import io
import re
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from typing import Literal, NamedTuple

from render.errors import InputError, wrong
from render.messages import short

# Istio's largest chart has 0.2 MB packed, and 1.3 MB in 60 files unpacked.
PACKED = 16 * 1024 * 1024  # bytes
_UNPACKED = 64 * 1024 * 1024  # bytes of all files together
_LARGEST = 4 * 1024 * 1024  # bytes of one file: as much as is read of any file of a fleet
_MOST = 2000  # files and folders
_LONGEST = 200  # bytes of a path, with the chart's folder
_DEEP = 16  # folders


def unpack(data: bytes, archive: str) -> dict[str, bytes]:
    """Returns the files of a chart's archive, by path in the chart: the one folder that holds all of them is left out.

    `archive` is its name for messages. `InputError` for anything that no chart's archive has: more than the limits,
    links and devices, a path that leads out of the folder or that a file system could take for another, a path twice,
    no end.
    """
    files: dict[str, bytes] = {}
    seen: set[str] = set()
    folders: set[str] = set()
    top = ""
    for entry in _entries(data, archive):
        whole = _inside(entry.name, archive)
        folder, _, path = whole.partition("/")
        if top and folder != top:
            raise _refusal(archive, f"holds two folders, {short(top)} and {short(folder)}, and a chart is one")
        top = folder
        if entry.kind == "folder":
            continue
        if entry.kind == "other":
            raise _refusal(archive, f"holds {short(whole)}, a link or a device: a chart has plain files only")
        if not path:
            raise _refusal(archive, f"holds the file {short(whole)} outside of the chart's folder")
        same = _same_path(path)
        above = {same[:index] for index, letter in enumerate(same) if letter == "/"}
        if same in seen or same in folders or above & seen:
            raise _refusal(archive, f"holds {short(whole)} twice")
        seen.add(same)
        folders |= above
        files[path] = entry.content
    if not files:
        raise _refusal(archive, "holds no file")
    return files


def check_paths(files: Mapping[str, bytes], chart: str) -> None:
    """Raise an `InputError` where a path in the folder of a chart is none that an archive may have."""
    for path in files:
        _inside(f"{chart}/{path}", chart)


def _same_path(path: str) -> str:
    """Returns what is equal of paths that are one file where case or the form of a letter does not count."""
    return unicodedata.normalize("NFC", path.casefold())


def pack(files: Mapping[str, bytes], folder: str) -> bytes:
    """Returns an archive of files in a folder: equal files, equal bytes."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, data in sorted(files.items()):
            member = tarfile.TarInfo(f"{folder}/{path}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return gzip.compress(raw.getvalue(), compresslevel=1, mtime=0)


class _Entry(NamedTuple):
    """What an archive holds under a name: a file with its content, or what is no file."""

    name: str
    kind: Literal["file", "folder", "other"]
    content: bytes = b""


def _entries(data: bytes, archive: str) -> Iterator[_Entry]:
    if len(data) > PACKED:
        raise _refusal(archive, f"has {len(data)} bytes; at most {PACKED} are taken")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as packed:
            raw = packed.read(_UNPACKED + 1)
        if len(raw) > _UNPACKED:
            raise _refusal(archive, f"unpacks to more than {_UNPACKED} bytes: an archive bomb?")
        with tarfile.open(fileobj=io.BytesIO(raw), mode="r:") as opened:
            for count, member in enumerate(opened):
                if count >= _MOST:
                    raise _refusal(archive, f"holds more than {_MOST} files")
                yield _entry(opened, member, archive)
            rest = raw[opened.offset :]
            if len(rest) < 2 * tarfile.BLOCKSIZE or rest.strip(b"\0"):  # tarfile takes what it cannot read for the end
                raise _refusal(archive, "is damaged: it breaks off, or goes on with what is no file")
    except (tarfile.TarError, zlib.error, EOFError, OSError, ValueError) as error:
        raise _refusal(archive, f"is no archive of a chart (.tgz), or a damaged one: {error}") from None


def _entry(opened: tarfile.TarFile, member: tarfile.TarInfo, archive: str) -> _Entry:
    if member.isdir():
        return _Entry(member.name, "folder")
    if not member.isreg() or member.issparse():  # a sparse file has any size at no cost
        return _Entry(member.name, "other")
    if member.size > _LARGEST:
        raise _refusal(archive, f"holds {member.name} of {member.size} bytes; at most {_LARGEST} are taken")
    content = opened.extractfile(member)
    return _Entry(member.name, "file", content.read() if content else b"")


def _inside(name: str, archive: str) -> str:
    """Returns a path of an archive as it is, without a slash at its end."""
    path = name.rstrip("/").removeprefix("./")
    steps = path.split("/")
    if len(path.encode(errors="replace")) > _LONGEST or len(steps) > _DEEP:
        raise _refusal(archive, f"holds the path {short(name)}, longer or deeper than that of any chart")
    if any(not one.isprintable() or one in _ODD for one in path) or not all(map(_is_plain, steps)):
        raise _refusal(archive, f"holds the path {short(name)}, which leads out of the chart or is none everywhere")
    if any(_SETTINGS.fullmatch(step) for step in steps):
        raise _refusal(archive, f"holds {short(name)}, from which git would take settings")
    return path


def _is_plain(step: str) -> bool:
    """Returns whether a part of a path is a name, and one on every system that a fleet may be checked out on."""
    is_other = _DEVICE.fullmatch(step) or _REPOSITORY.fullmatch(step)
    return step not in ("", ".", "..") and not step.endswith((".", " ")) and not is_other


# What Windows takes for something else.
_ODD = frozenset('\\:*?"<>|')
_DEVICE = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
# Git's own folder, also as file systems may shorten its name (https://git-scm.com/docs/git-config, core.protectNTFS).
_REPOSITORY = re.compile(r"\.git|git~\d+", re.IGNORECASE)
_SETTINGS = re.compile(r"\.git(attributes|ignore|modules)", re.IGNORECASE)


def _refusal(archive: str, message: str) -> InputError:
    return wrong("MR285", message, file=archive)
