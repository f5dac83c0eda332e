"""Hiding what looks like a credential: in a diff or a report nobody should read a password.

It is decided by names (`password`, `--token=...`, an environment variable `DB_SECRET`) and by the looks of a text
(a private key, a JWT, a token of a known service). A name that refers to a credential (`secretName`,
`tokenPath`) shows no more than where it is kept, and stays. In doubt a value is hidden.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from render.compare.embedded import EmbeddedDocument

HIDDEN = "(hidden)"


@dataclass(frozen=True, slots=True)
class MaskedValue:
    """A value that holds a credential: compared as it is, shown without it."""

    raw: str | int | float = field(repr=False)
    shown: str = HIDDEN


def mask_credentials(obj: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the object with every credential in it as `MaskedValue`. All that a `v1` Secret holds is one."""
    if obj.get("kind") == "CustomResourceDefinition":
        return dict(obj)  # it describes fields, such as one called `password`, and holds nobody's
    found = {key: _value(value, hide=credential(key)) for key, value in obj.items()}
    if obj.get("kind") == "Secret" and obj.get("apiVersion") == "v1":
        for part in ("data", "stringData"):
            if isinstance(held := obj.get(part), dict):
                found[part] = {key: MaskedValue(str(value)) for key, value in held.items()}
    return found


@lru_cache(maxsize=8192)
def credential(name: str) -> bool:
    """Returns whether what is called this is a credential itself: `dbPassword`, `API_KEY`; not `secretName`,
    `tokenPath`."""
    words = [word.lower() for word in _WORD.findall(name)]
    while words and words[-1].isdigit():
        words.pop()
    if not words or words[-1] in _ABOUT:
        return False
    if words[-1] == "pass" or any(word in _CREDENTIALS for word in words):
        return True
    return words[-1] in ("key", "keys") and any(word in _OF_KEYS for word in words[:-1])


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Lower-case and upper-case words inside a name: `dbPassword`, `DB_PASSWORD`, `x-api-key`, `HTTPToken`.
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_CREDENTIALS = _words(
    "password passwords passwd passphrase pwd secret token credential credentials authorization bearer apikey "
    "accesskey privatekey secretkey signingkey authkey apitoken accesstoken authtoken clientsecret cookie jwt "
    "creds cred netrc pgpass"
)
_OF_KEYS = _words(
    "access account api auth aws client encryption encrypt hmac host license master pgp gpg private rsa secret server "
    "service shared signing sign ssh storage subscription tls"
)
# A name that ends like this says something about a credential: where it is, whose, how long it lives.
_ABOUT = _words(
    "name names ref refs reference file files filename path paths dir directory mount mounts volume namespace "
    "namespaces audience audiences aud issuer issuers kind type mode enabled enable disabled required optional "
    "policy provider providers class store url uri urls endpoint host port header headers prefix suffix format "
    "ttl ratio seconds minutes hours interval duration period expiration expiry refresh rotation timeout days "
    "count size length limit max min bucket rules rule fetcher selector label labels annotation annotations "
    "version algorithm alg location locations pattern regex source sources scopes scope fields index"
)
# What a map under the name of a credential (`secretKeyRef`, the volume `secret`) may hold that is none.
_PLAIN_PARTS = _words("key optional items defaultMode")
# What goes with `name: DB_PASSWORD` or `key: Authorization` in the same map.
_OF_NAMED = ("value", "values", "default", "exact")
# A map with one of these beside `key` uses that word for a label, a field or a header.
_OTHER_KEYS = _words("name operator value values effect path mode optional header tolerationSeconds")

_FLAG = re.compile(r"--?([A-Za-z][\w.-]*)")
# Starts are tied to the edge of a word and lengths are bounded, so that no text takes long.
_IN_TEXT = re.compile(
    r"(?P<pem>-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----.*)"
    r"|(?P<jwt>(?<![\w-])eyJ[\w-]{8,}\.[\w-]{8,}\.[\w-]*)"
    r"|(?P<hook>\bhooks\.slack\.com/services/[\w/]+)"
    r"|(?P<known>\b(?:gh[pousr]_|github_pat_|glpat-|xox[abprs]-|sk_live_|AKIA|ASIA|AIza|hvs\.|dckr_pat_|npm_)[\w-]{12,})"
    r"|(?P<scheme>\b(?i:Bearer|Basic|Token) +)(?P<told>[\w.~+/=-]{6,})"
    r"|(?P<login>\b[A-Za-z][A-Za-z0-9+.-]{0,20}://[^\s/:@]{0,200}:)(?P<login_password>[^\s/@]{1,500})(?=@)"
    r"|(?P<name>(?<![\w.-])-{0,2}[A-Za-z][\w.-]{0,80})\\{0,16}[\"']? ?[=:] ?(?=[^\s&;,])",
    re.DOTALL,
)
# A text in quotes, which stand behind a backslash in JSON inside JSON, or all up to a space or a separator.
_ASSIGNED = re.compile(r"\\{0,16}\"[^\"]*|'[^']*|(?:(?i:Bearer|Basic|Token) +)?[^\s&;,]+")
# Last words of names that may be those of a key of cryptography.
_MAYBE = _words("key keys auth salt nonce signature cert certificate")
# Random-looking text: long, of the letters of base64 or hex, in both digits and letters.
_RANDOM = re.compile(r"(?=[^0-9]*[0-9])(?=[^A-Za-z]*[A-Za-z])[A-Za-z0-9+/_=-]{24,}")


# What says on or off, or nothing.
_NO_CREDENTIAL = frozenset(["", "true", "false", "on", "off", "yes", "no", "none", "null", "enabled", "disabled"])


def _value(node: Any, *, hide: bool) -> Any:
    match node:
        case str():
            if hide:
                return node if node.lower() in _NO_CREDENTIAL else MaskedValue(node)
            return _text(node)
        case bool() | None:
            return node
        case int() | float():
            return MaskedValue(node) if hide else node
        case dict():
            return _map(node, hide=hide)
        case list():
            return _list(node, hide=hide)
        case EmbeddedDocument():
            return MaskedValue(node.text) if hide else EmbeddedDocument(_value(node.value, hide=False), node.text)
    return node


def _map(node: dict[str, Any], *, hide: bool) -> dict[str, Any]:
    named = any(isinstance(name := node.get(key), str) and credential(name) for key in ("name", "key", "header"))
    found = {}
    for key, value in node.items():
        if hide:
            inside = key not in _PLAIN_PARTS and _last_word(key) not in _ABOUT
        else:
            inside = credential(key) or (named and key in _OF_NAMED) or _lone_key(key, value, node)
        found[key] = _value(value, hide=inside)
    return found


def _last_word(name: str) -> str:
    words = _WORD.findall(name)
    return words[-1].lower() if words else ""


def _lone_key(name: str, value: Any, beside: Mapping[str, Any]) -> bool:
    """`key`, `tls.key`, `salt`: a key of cryptography, unless the map says that it is one of another kind.

    Where it may be either, the looks of the value decide.
    """
    if not isinstance(value, str) or _last_word(name) not in _MAYBE:
        return False
    if name in ("key", "auth"):
        return not _OTHER_KEYS & beside.keys()
    return name.endswith(".key") or bool(_RANDOM.fullmatch(value))


def _list(node: list[Any], *, hide: bool) -> list[Any]:
    """Items, where `--password` hides the item after it."""
    before = ["", *node]
    return [_value(item, hide=hide or _names_next(one_before)) for one_before, item in zip(before, node, strict=False)]


def _names_next(item: Any) -> bool:
    match = _FLAG.fullmatch(item) if isinstance(item, str) else None
    return bool(match and credential(match[1]))


def _text(text: str) -> str | MaskedValue:
    """A text of several lines is never shown (its lines are counted), so nothing has to be hidden in it."""
    if len(text) < 5 or "\n" in text:
        return text
    shown = []
    at = 0
    while match := _IN_TEXT.search(text, at):
        shown.append(text[at : match.start()])
        at = match.end()
        if match["name"]:
            shown.append(match[0])  # what is assigned may hold a credential itself, such as a URL with a password
            assigned = _ASSIGNED.match(text, at) if credential(match["name"]) else None
            if assigned:
                shown.append(HIDDEN)
                at = assigned.end()
        else:
            shown += [match["scheme"] or match["login"] or "", HIDDEN]
    shown.append(text[at:])
    plain = "".join(shown)
    return text if plain == text else MaskedValue(text, plain)
