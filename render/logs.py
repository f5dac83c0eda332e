"""The loggers of the program, and how what they tell stands on standard error where it is asked for.

`-v` shows each git command, each retry and each cluster, with their times; `-vv` also what was asked of a forge, where
git ran and how it ended.
"""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime

from render.messages import one_line
from render.secrets import hide_secrets

GIT = logging.getLogger("meshrev.git")
FORGE = logging.getLogger("meshrev.forge")
RENDER = logging.getLogger("meshrev.render")
CHANGE = logging.getLogger("meshrev.change")
CLUSTER = logging.getLogger("meshrev.cluster")


def start_log(verbosity: int, form: str) -> None:
    """Tell on standard error from now on: of nothing for 0, as `-v` for 1, as `-vv` for more; as `text` or `json`."""
    logger = logging.getLogger("meshrev")
    logger.setLevel({0: logging.WARNING, 1: logging.INFO}.get(verbosity, logging.DEBUG))
    logger.propagate = False
    handler = logging.StreamHandler()
    handler.setFormatter(_Json() if form == "json" else _Text())
    logger.handlers = [handler]


class _Text(logging.Formatter):
    """One line a record, without secrets: `2026-11-30T16:27:36.125Z meshrev.git: git fetch origin (0.310 s)`."""

    def format(self, record: logging.LogRecord) -> str:
        seconds = getattr(record, "seconds", None)
        took = "" if seconds is None else f" ({seconds:.3f} s)"
        return f"{_time(record)} {record.name}: {_message(record)}{took}"


class _Json(logging.Formatter):
    """The same as an object a line: `time`, `level`, `logger`, `message`, and `seconds` where it took some."""

    def format(self, record: logging.LogRecord) -> str:
        data = {"time": _time(record), "level": record.levelname.lower(), "logger": record.name}
        seconds = getattr(record, "seconds", None)
        took = {} if seconds is None else {"seconds": round(seconds, 6)}
        return json.dumps({**data, "message": _message(record), **took})


def _time(record: logging.LogRecord) -> str:
    at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
    return at.replace("+00:00", "Z")


def _message(record: logging.LogRecord) -> str:
    return one_line(hide_secrets(record.getMessage()))
