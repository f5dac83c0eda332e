"""Builds sdist and wheel of a folder: build.py SOURCE OUT, in the environment that it runs in, fetching nothing.

SOURCE_DATE_EPOCH is the time of everything in them. The wheel is built from the sdist, as pip would build it, so that
the sdist is known to be whole.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import tarfile
import tempfile
from pathlib import Path

from setuptools import build_meta


def normalised(sdist: Path, epoch: int) -> bytes:
    """The archive in order, of nobody and of one time; setuptools writes when and by whom it was built."""
    packed = io.BytesIO()
    with (
        tarfile.open(sdist) as old,
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=epoch) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as new,
    ):
        for member in sorted(old.getmembers(), key=lambda member: member.name):
            plain = tarfile.TarInfo(member.name)
            plain.type, plain.size, plain.mtime = member.type, member.size, epoch
            plain.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
            new.addfile(plain, old.extractfile(member))
    return packed.getvalue()


def main(source: Path, out: Path) -> None:
    epoch = int(os.environ["SOURCE_DATE_EPOCH"])
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(source)
        sdist = Path(folder) / build_meta.build_sdist(folder)
        (out / sdist.name).write_bytes(normalised(sdist, epoch))
        with tarfile.open(out / sdist.name) as archive:
            archive.extractall(folder, filter="data")
        os.chdir(Path(folder) / sdist.name.removesuffix(".tar.gz"))
        build_meta.build_wheel(str(out))


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve())
