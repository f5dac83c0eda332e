"""The known name that a mistyped one most likely meant."""

from __future__ import annotations

from collections.abc import Iterable


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to `word`, None where none is close. Another case of the same letters is closest."""
    from difflib import get_close_matches

    by_folded = {name.lower(): name for name in sorted(known, reverse=True)}
    close = get_close_matches(word.lower(), by_folded, n=1, cutoff=0.6)
    return by_folded[close[0]] if close else None


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """` (did you mean NAME?)`, or nothing: what a message ends with."""
    name = nearest(word, known)
    return f" (did you mean {name}?)" if name else ""
