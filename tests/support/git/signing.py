"""Throw-away keys, SSH and GPG, that git signs commits with, and whether a commit is signed by one.

key = ssh_key(tmp_path)
sign_commits(repo, key)
...                       # programs that commit there run with `key.environment` beside their own
assert verify(repo, "HEAD", key)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

IDENTITY = "Signer <signer@example.com>"

needs_gpg = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed (Debian: gnupg)")
needs_ssh_keygen = pytest.mark.skipif(
    shutil.which("ssh-keygen") is None, reason="ssh-keygen is not installed (Debian: openssh-client)"
)


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A key: its fingerprint as git tells it (`%GF`), the settings with which git signs and verifies with it, and the
    environment that git needs for that."""

    fingerprint: str
    settings: Mapping[str, str]
    environment: Mapping[str, str]


def ssh_key(folder: Path) -> SigningKey:
    """A new SSH key in files of this folder, and the list of allowed signers that holds it alone."""
    private = folder / "signing_key"
    _run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "signer@example.com", "-f", str(private))
    signers = folder / "allowed_signers"
    signers.write_text(f"signer@example.com {private.with_suffix('.pub').read_text()}")
    settings = {"gpg.format": "ssh", "user.signingkey": str(private), "gpg.ssh.allowedSignersFile": str(signers)}
    return SigningKey(_run("ssh-keygen", "-l", "-f", str(private)).split()[1], settings, {})


@contextmanager
def gpg_key() -> Iterator[SigningKey]:
    """A new GPG key without a passphrase, with its agent, until the end of the block."""
    # Not below pytest's folders: the path of the agent's socket must be shorter than 108 bytes.
    with tempfile.TemporaryDirectory(prefix="gpg", ignore_cleanup_errors=True) as home:
        environment = {"GNUPGHOME": home}
        make = ("gpg", "--batch", "--quiet", "--passphrase", "", "--quick-generate-key", IDENTITY)
        _run(*make, "ed25519", "sign", "never", **environment)
        listed = _run("gpg", "--batch", "--list-secret-keys", "--with-colons", **environment)
        fingerprint = next(line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))
        try:
            yield SigningKey(fingerprint, {"gpg.format": "openpgp", "user.signingkey": fingerprint}, environment)
        finally:
            _run("gpgconf", "--kill", "all", **environment)


def sign_commits(repo: Path, key: SigningKey) -> None:
    """Set up a repository so that git signs each commit made there with this key."""
    for name, value in {**key.settings, "commit.gpgsign": "true"}.items():
        _run("git", "-C", str(repo), "config", name, value)


def verify(repo: Path, commit: str, key: SigningKey) -> bool:
    """Whether a commit bears a good signature of this key. The repository need not be set up for it."""
    settings = [part for name, value in key.settings.items() for part in ("-c", f"{name}={value}")]
    command = ["git", *settings, "-C", str(repo)]
    env = {**os.environ, **key.environment}
    good = subprocess.run([*command, "verify-commit", commit], env=env, capture_output=True).returncode == 0
    return good and _run(*command, "log", "-1", "--format=%GF", commit, **key.environment).strip() == key.fingerprint


def _run(*command: str, **environment: str) -> str:
    done = subprocess.run(command, env={**os.environ, **environment}, capture_output=True, text=True)
    assert done.returncode == 0, f"{command} failed:\n{done.stderr}"
    return done.stdout
