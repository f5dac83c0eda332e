"""Where a repository is on a forge, from the URL of its git remote: https, ssh and the short form of scp.

Which software answers there is configured, never guessed from the host. What a URL holds of passwords or tokens is
dropped here and never shown.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import SplitResult, unquote, urlsplit

from render.errors import InputError, wrong
from render.forge.types import CODE, Kind, Project
from render.messages import one_line
from render.secrets import hide_secrets

# Where the API is below the forge's own address.
API_PATHS: dict[Kind, str] = {"github": "/api/v3", "gitlab": "/api/v4", "gitea": "/api/v1"}
# Hosts for git over ssh on port 443, with the host that people know
# (https://docs.github.com/authentication/troubleshooting-ssh/using-ssh-over-the-https-port,
# https://docs.gitlab.com/user/gitlab_com/#alternative-ssh-port).
_SSH_HOSTS = {"ssh.github.com": "github.com", "altssh.gitlab.com": "gitlab.com"}
_PART = re.compile(r"[A-Za-z0-9_.+-]+")
_SCP = re.compile(r"(?:[^@/\s]+@)?(?P<host>\[[0-9A-Fa-f:]+\]|[A-Za-z0-9.-]{2,}):(?P<path>[^\s]+)")
_HELP = "give https://HOST/OWNER/NAME, ssh://git@HOST/OWNER/NAME or git@HOST:OWNER/NAME, or spec.forge.url and .project"


def repository(kind: Kind, remote_url: str, api_url: str | None = None, project: str | None = None) -> Project:
    """Returns the repository that a git remote is on a forge of this kind. `InputError` for what cannot be told.

    `api_url` is the base URL of the API where it is not at its usual place, `project` the path where the remote's URL
    does not say it; with both, the remote may be anything.
    """
    api = _api(kind, api_url) if api_url else None
    if api and project:
        site = api.removesuffix(API_PATHS[kind])
        path = _path(kind, project, "spec.forge.project")
    else:
        remote = _remote(remote_url)
        site = f"{remote.scheme}://{remote.netloc}"
        path = _path(kind, project, "spec.forge.project") if project else ""
        path = path or _path(kind, _below(kind, remote.path, api), "the remote's URL")
    return Project(api or _usual_api(kind, site), path, f"{site}/{path}")


def is_loopback(host: str | None) -> bool:
    """Returns whether this host is the machine itself, by its name or address."""
    try:
        return host == "localhost" or ipaddress.ip_address((host or "").strip("[]")).is_loopback
    except ValueError:
        return False


def _remote(url: str) -> SplitResult:
    """Returns the remote as an https URL of host and path; http stays only where it is the machine itself."""
    shown = one_line(hide_secrets(url).partition("?")[0])[:200]
    if "?" in url or "#" in url:
        raise wrong(CODE, f"remote {shown} is more than an address: {_HELP}")
    if "://" not in url:
        short = _SCP.fullmatch(url.strip())
        if not short:
            raise wrong(CODE, f"remote {shown or '(none)'} is no address on a forge: {_HELP}")
        host = short["host"].lower()
        return urlsplit(f"https://{_SSH_HOSTS.get(host, host)}/{short['path'].lstrip('/')}")
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise wrong(CODE, f"remote {shown} is no URL: {_HELP}") from None
    if parts.scheme not in ("https", "http", "ssh", "git+ssh") or not host:
        raise wrong(CODE, f"remote {shown} is no address on a forge: {_HELP}")
    if parts.scheme == "http" and not is_loopback(host):
        raise wrong(CODE, f"remote {shown} is not encrypted, and a token never goes over http: use https or ssh")
    host = f"[{host}]" if ":" in host else _SSH_HOSTS.get(host, host)
    if parts.scheme.endswith("ssh"):
        return urlsplit(f"https://{host}{parts.path}")  # its port is that of ssh
    return urlsplit(f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path}")


def _api(kind: Kind, url: str) -> str:
    """Returns the configured base URL, without a slash at its end. A wrong one is told of before a token goes there."""
    field = "spec.forge.url"
    usual = API_PATHS[kind]
    try:
        parts = urlsplit(url.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise wrong(CODE, f"is no URL (expected https://HOST{usual})", field=field)
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise wrong(CODE, "holds more than an address (tokens come from the environment only)", field=field)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(host)):
        raise wrong(CODE, "does not begin with https://, and a token never goes unencrypted", field=field)
    path = parts.path.rstrip("/")
    host = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{host}{f':{port}' if port else ''}{path}"
    # GitHub's own API has a host and no path: https://api.github.com, https://api.SUBDOMAIN.ghe.com
    if not path.endswith(usual) and not (kind == "github" and host.startswith("api.") and not path):
        raise wrong(CODE, f"does not end with {usual}, the path of this API (did you mean {base}{usual}?)", field=field)
    return base


def _usual_api(kind: Kind, site: str) -> str:
    """https://docs.github.com/enterprise-server@latest/rest/quickstart,
    https://docs.github.com/enterprise-cloud@latest/admin/data-residency/about-github-enterprise-cloud-with-data-residency
    """
    scheme, _, host = site.partition("://")
    if kind == "github" and (host == "github.com" or host.endswith(".ghe.com")):
        return f"{scheme}://api.{host}"
    return f"{site}{API_PATHS[kind]}"


def _below(kind: Kind, path: str, api: str | None) -> str:
    """Returns the path without the folder that GitLab and Gitea can be installed below
    (`https://HOST/gitlab/GROUP/NAME`)."""
    folder = urlsplit(api).path.removesuffix(API_PATHS[kind]) if api else ""
    return path.removeprefix(f"{folder}/") if folder else path


def _path(kind: Kind, written: str, where: str) -> str:
    parts = unquote(written).strip("/").removesuffix(".git").split("/")
    if not all(_PART.fullmatch(part) and part not in (".", "..") for part in parts):
        raise _no_path(kind, where)
    if len(parts) < 2 or (kind != "gitlab" and len(parts) > 2):
        raise _no_path(kind, where)
    return "/".join(parts)


def _no_path(kind: Kind, where: str) -> InputError:
    form = "GROUP/NAME or GROUP/SUBGROUP/NAME" if kind == "gitlab" else "OWNER/NAME"
    return wrong(CODE, f"{where} does not name a repository as {form}: spec.forge.project can say it")
