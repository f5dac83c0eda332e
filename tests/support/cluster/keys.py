"""Throw-away certificates of one authority, by openssl."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Keys:
    """Files in PEM: the authority's certificate, a server's certificate and key (for 127.0.0.1, localhost and the
    given address), and a pair for the tokens of service accounts."""

    authority: Path
    certificate: Path
    key: Path
    tokens_public: Path
    tokens_private: Path

    def server_context(self) -> ssl.SSLContext:
        """Returns the settings of a TLS server with this certificate."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        return context


def make_keys(folder: Path, address: str) -> Keys:
    """Make an authority and what it signs in a folder; `address` is an IP address of this machine."""
    at = folder.joinpath
    new = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2")
    _openssl("req", "-x509", *new, "-subj", "/CN=tests", "-keyout", at("ca.key"), "-out", at("ca.crt"))
    names = f"subjectAltName=DNS:localhost,IP:127.0.0.1,IP:{address}"
    signed = ("-CA", at("ca.crt"), "-CAkey", at("ca.key"))
    use = ("-addext", names, "-addext", "basicConstraints=CA:FALSE")
    _openssl(
        "req", "-x509", *new, "-subj", "/CN=server", *use, *signed, "-keyout", at("tls.key"), "-out", at("tls.crt")
    )
    _openssl("genrsa", "-out", at("sa.key"), "2048")
    _openssl("rsa", "-in", at("sa.key"), "-pubout", "-out", at("sa.pub"))
    return Keys(at("ca.crt"), at("tls.crt"), at("tls.key"), at("sa.pub"), at("sa.key"))


def _openssl(*arguments: str | Path) -> None:
    done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
