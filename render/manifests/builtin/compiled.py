"""Compiled templates kept as Python keeps compiled modules: in `__pycache__`, made again when anything changed.

Compiling all templates of a component takes most of the time of a short-lived process. Where the folder
cannot be written, or `sys.dont_write_bytecode` forbids it, each process compiles for itself.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from hashlib import sha256
from importlib.util import cache_from_source
from pathlib import Path
from tempfile import mkstemp

import jinja2
from jinja2.bccache import Bucket, BytecodeCache


class CompiledTemplates(BytecodeCache):
    """Jinja's cache on disk, beside the package. `made_by` is the module whose source shapes the compiled code."""

    def __init__(self, made_by: str) -> None:
        self._folder = Path(cache_from_source(made_by)).parent
        self._made_by = sha256(Path(made_by).read_bytes() + jinja2.__version__.encode()).hexdigest()[:8]

    def load_bytecode(self, bucket: Bucket) -> None:
        with suppress(OSError), self._file(bucket).open("rb") as file:
            bucket.load_bytecode(file)

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        # A file is complete or not there: another process may read it at any moment.
        with suppress(OSError):
            self._folder.mkdir(parents=True, exist_ok=True)
            handle, name = mkstemp(dir=self._folder)
            try:
                with os.fdopen(handle, "wb") as file:
                    bucket.write_bytecode(file)
                Path(name).replace(self._file(bucket))
            except OSError:
                Path(name).unlink(missing_ok=True)
                raise

    def _file(self, bucket: Bucket) -> Path:
        return self._folder / f"{bucket.key}.{sys.implementation.cache_tag}-{self._made_by}.jinja"
