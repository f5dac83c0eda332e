"""What looks like a secret in a text, left out of it: in addresses, headers and the words of other programs.

In doubt it is left out: an address may lose more than its password, and stays one that a person knows.
"""

from __future__ import annotations

import re

HIDDEN = "***"

# What stands before the last `@`: a password that somebody did not escape may hold `@`, `/` and blanks, and git and
# curl tell of such an address as it was written. Without a password there is no blank in it, and a path may hold `@`.
_PASSWORD = re.compile(r"(?<=://)[^\s/?#@:]*:.*@", re.DOTALL)
_USER = re.compile(r"(?<=://)[^\s/?#@]*@(?:\S*@)?")
# The same without a scheme, `user:password@host:path`; not `host:5000/image@sha256:...`.
_BARE = re.compile(r"(?<![^\s'\"(<=])[^\s:@/'\"(<=]+:(?!//)\S*@(?!sha\d+:)")
# The value of a parameter whose name says that it is a secret, up to what closes the address in a sentence.
_PARAMETER = re.compile(
    r"(?P<name>[?&;#](?:[\w.%-]*(?:token|secret|passw(?:or)?d|passphrase|signature|credential|api[_-]?key|auth)"
    r"|key|sig|pw|pass|pwd|code)=)[^&\s]*?(?=['\")>.,:]*(?:[&\s]|$))",
    re.IGNORECASE,
)
_HEADER = re.compile(
    r"(?P<name>\b(?:(?:proxy-)?authorization|(?:set-)?cookie|[\w-]*(?:token|api-?key))\s*:\s+|\bbearer\s+)\S[^\r\n]*",
    re.IGNORECASE,
)
# What tokens and addresses of well-known services look like, and private keys.
_KNOWN = re.compile(
    r"(?:gh[opsur]_|github_pat_|glpat-|xox[abprs]-)[\w-]+|AKIA[0-9A-Z]{12}\w*|eyJ[\w-]{8}[\w.-]*"
    r"|(?<=hooks\.slack\.com/)\S+|-----BEGIN.*",
    re.DOTALL,
)


def hide_secrets(text: str) -> str:
    """Returns the text without what may be a password or a token in it; what was before a host is left out, other
    secrets are `***`."""
    for before_a_host in (_PASSWORD, _USER, _BARE):
        text = before_a_host.sub("", text)
    for named in (_PARAMETER, _HEADER):
        text = named.sub(rf"\g<name>{HIDDEN}", text)
    return _KNOWN.sub(HIDDEN, text)
