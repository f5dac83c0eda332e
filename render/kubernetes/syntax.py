"""How Kubernetes writes names: each function returns what is wrong with a text, None where nothing is.

Source: Kubernetes' "Object Names and IDs", "Labels and Selectors", and what an API server of 1.34 says.
"""

from __future__ import annotations

import base64
import binascii
import ipaddress
import re
from datetime import datetime

from render.messages import value_text

_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_LABEL_1035 = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_NAME = re.compile(r"([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]", re.ASCII)
_CONFIG_KEY = re.compile(r"[-._a-zA-Z0-9]+", re.ASCII)
_PORT_NAME = re.compile(r"(?!.*--)(?=.*[a-z])[a-z0-9]([-a-z0-9]*[a-z0-9])?", re.ASCII)
_VARIABLE = re.compile(r"[ -<>-~]+", re.ASCII)
_PERCENT = re.compile(r"[0-9]+%", re.ASCII)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", re.ASCII)
_HEADER = re.compile(r"[-A-Za-z0-9]+", re.ASCII)
_SYSCTL = re.compile(r"([a-z0-9]([-_a-z0-9]*[a-z0-9])?[./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?", re.ASCII)
_SEARCH = re.compile(r"_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*", re.ASCII)
_LOWER = "lower-case letters, digits and '-', a letter or digit at both ends"


def _fits(text: str, pattern: re.Pattern[str], most: int, expected: str) -> str | None:
    if len(text) > most:
        return f"has {len(text)} characters: expected at most {most}"
    return None if pattern.fullmatch(text) else f"is {value_text(text)}: expected {expected}"


def label_name(text: str) -> str | None:
    """Checks a DNS label (RFC 1123): the name of a container, a volume, a namespace."""
    return _fits(text, _LABEL, 63, _LOWER)


def service_name(text: str) -> str | None:
    """Checks a DNS label of RFC 1035, which starts with a letter."""
    return _fits(text, _LABEL_1035, 63, "lower-case letters, digits and '-', a letter first, no '-' last")


def subdomain(text: str) -> str | None:
    """Checks a DNS subdomain (RFC 1123): the name of most objects."""
    return _fits(text, _SUBDOMAIN, 253, f"{_LOWER}, such parts joined by '.'")


def driver_name(text: str) -> str | None:
    """Checks the name of a CSI driver: a subdomain in which letters may be of either case."""
    return _fits(text.lower(), _SUBDOMAIN, 63, "letters, digits, '-' and '.'")


def sysctl_name(text: str) -> str | None:
    """Checks the name of a setting of the kernel: `net.ipv4.tcp_syncookies`."""
    return _fits(text, _SYSCTL, 253, "lower-case letters, digits, '-', '_', '.' and '/'")


def search_domain(text: str | None) -> str | None:
    """Checks a domain in which short names are looked up: a subdomain, in which '_' may be, and a dot at the end."""
    if text == ".":
        return None
    return _fits((text or "").removesuffix("."), _SEARCH, 253, "lower-case letters, digits, '-', '_' and '.'")


def path_segment(text: str) -> str | None:
    """Checks a name that can stand in a URL: that of roles, and of custom resources."""
    if text in (".", "..") or "/" in text or "%" in text:
        return f"is {value_text(text)}: expected no '/', no '%', and neither '.' nor '..'"
    return None


def qualified_name(text: str) -> str | None:
    """Checks the key of a label or annotation: `name` or `prefix/name`."""
    prefix, slash, name = text.rpartition("/")
    if slash and (not prefix or subdomain(prefix)):
        return f"{value_text(text)} has before its '/' no DNS name in lower case"
    if len(name) > 63:
        return f"{value_text(text)} has a name of {len(name)} characters: expected at most 63"
    if not _NAME.fullmatch(name):
        return (
            f"{value_text(text)} is no key: expected letters, digits, '-', '_' and '.', a letter or digit at both ends"
        )
    return None


def label_value(text: str) -> str | None:
    """Checks the value of a label, which may be empty."""
    return _fits(text, _NAME, 63, "letters, digits, '-', '_' and '.', a letter or digit at both ends") if text else None


def config_key(text: str) -> str | None:
    """Checks a key of a ConfigMap or Secret."""
    if text in (".", "..") or text.startswith(".."):
        return f"is {value_text(text)}: expected no '..' at its start"
    return _fits(text, _CONFIG_KEY, 253, "letters, digits, '-', '_' and '.'")


def port_name(text: str) -> str | None:
    """Checks the name of a port as IANA has it."""
    return _fits(text, _PORT_NAME, 15, f"{_LOWER}, one letter at least, no '--'")


def variable_name(text: str) -> str | None:
    """Checks the name of an environment variable: printable ASCII without `=`."""
    return _fits(text, _VARIABLE, 1 << 20, "printable ASCII characters without '='")


def header_name(text: str) -> str | None:
    return _fits(text, _HEADER, 1 << 20, "letters, digits and '-'")


def host_name(text: str) -> str | None:
    """Checks a DNS name that may end with a dot."""
    return subdomain(text.removesuffix("."))


def address(text: str) -> str | None:
    """Checks an IP address; as in Go before 1.17 a part of an IPv4 one may begin with a zero."""
    return None if parsed_address(text) else f"is {value_text(text)}: expected an IP address"


def parsed_address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """Returns an IP address, None where the text is none. Zones (`%eth0`) are refused."""
    plain = ".".join(part.lstrip("0") or part[:1] for part in text.split(".")) if text.count(".") == 3 else text
    try:
        return None if "%" in text else ipaddress.ip_address(plain)
    except ValueError:
        return None


def network(text: str) -> str | None:
    """Checks a network in CIDR notation."""
    ip, slash, length = text.partition("/")
    found = parsed_address(ip)
    if not slash or not found or not length.isascii() or not length.isdigit() or int(length) > found.max_prefixlen:
        return f"is {value_text(text)}: expected a network such as 10.0.0.0/8"
    return None


def percent(text: str) -> str | None:
    """Checks a share, such as `25%`."""
    return None if _PERCENT.fullmatch(text) else f"is {value_text(text)}: expected a whole number, or one with '%'"


def base64_text(text: str) -> str | None:
    try:
        base64.b64decode(text.replace("\n", "").replace("\r", ""), validate=True)
    except (binascii.Error, ValueError):
        return "is not base64"
    return None


def time(text: str) -> str | None:
    """Checks a time of RFC 3339."""
    try:
        assert _TIME.fullmatch(text)
        datetime.fromisoformat(text)
    except (AssertionError, ValueError):
        return f"is {value_text(text)}: expected a time such as 2026-08-22T10:00:00Z"
    return None
