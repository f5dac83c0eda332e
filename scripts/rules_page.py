"""Writes the tables of `docs/rules/README.md` from the table of codes: `python -m scripts.rules_page`.

What stands around the tables stays. A test fails when they are not up to date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from render.codes import CODES, DOCS, Code

PAGE = Path(__file__).parents[1] / DOCS / "README.md"
_TABLE = re.compile(r"^\| code \|.*?\n(?=\n)", re.MULTILINE | re.DOTALL)


def with_tables(page: str) -> str:
    """Returns the page with both tables as the codes are now: those that have pages of their own, then the others."""
    tables = [_table(code for code in CODES.values() if code.has_page is has_page) for has_page in (True, False)]
    if len(_TABLE.findall(page)) != len(tables):
        raise SystemExit(f"{PAGE}: {len(tables)} tables of codes are expected")
    return _TABLE.sub(lambda _: tables.pop(0), page)


def _table(codes: Iterable[Code]) -> str:
    rows = [f"| {_link(code)} | {code.severity} | {code.family} | {code.title} |\n" for code in codes]
    return "".join(["| code | severity | family | |\n", "|---|---|---|---|\n", *rows])


def _link(code: Code) -> str:
    return f"[{code.code}]({code.code}.md)" if code.has_page else code.code


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
