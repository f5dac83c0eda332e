"""How long a forge asks to be left alone: its rate limits, from the headers of a refusal.

GitHub: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api; GitLab:
https://docs.gitlab.com/administration/settings/user_and_ip_rate_limits/#response-headers; Gitea has none of its own,
a proxy before it answers with 429 and Retry-After.
"""

from __future__ import annotations

import email.utils

import httpx

LONGEST = 365 * 86_400.0  # seconds; a header that says more is no time
SECONDARY = 60.0  # seconds; what GitHub asks for where a secondary limit says nothing else


def seconds_to_wait(response: httpx.Response, now: float) -> float | None:
    """Seconds until the next request, from a response at `now` (seconds since 1970); None where this is no limit."""
    if response.status_code not in (403, 429):
        return None
    headers = response.headers
    after = _seconds(headers.get("Retry-After"), now)
    if after is not None:
        return _sensible(after)
    spent = "0" in (headers.get("X-RateLimit-Remaining"), headers.get("RateLimit-Remaining"))
    reset = headers.get("X-RateLimit-Reset") or headers.get("RateLimit-Reset")
    if spent or response.status_code == 429:
        return _sensible(float(reset) - now) if reset and reset.isdecimal() else SECONDARY
    return SECONDARY if "secondary rate limit" in response.text.lower() else None


def _seconds(written: str | None, now: float) -> float | None:
    """Retry-After: seconds or a date (RFC 9110, 10.2.3)."""
    if not written:
        return None
    if written.strip().isdecimal():
        return float(written)
    try:
        return email.utils.parsedate_to_datetime(written).timestamp() - now
    except (ValueError, OverflowError):
        return None


def _sensible(seconds: float) -> float:
    return min(max(seconds, 1.0), LONGEST)
