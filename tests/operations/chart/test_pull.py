"""Charts from a folder, a Helm repository and an OCI registry: what is right is written, and of all else nothing."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import shutil
import subprocess
import tarfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from render.charts.archive import pack
from render.charts.chart import USUAL
from render.charts.lock import parse_lock
from render.errors import InputError, MeshrevError, OutsideError
from render.operations.chart.disk import verify
from render.operations.chart.download import Downloads
from render.operations.chart.pull import PulledChart, pull
from tests.support.charts import archives, chart_files, index, write_charts
from tests.support.loopback import Answer, Asked, serving

VERSION = "1.98.0"
FILES = archives(VERSION)
BASE = f"base-{VERSION}.tgz"


def from_address(fleet: Path, address: str, keyring: Path | None = None) -> list[PulledChart]:
    return pull(fleet, VERSION, USUAL, address, fleet.parent, keyring)


def contents(fleet: Path) -> dict[str, bytes]:
    return {path.relative_to(fleet).as_posix(): path.read_bytes() for path in fleet.rglob("*") if path.is_file()}


@contextmanager
def repository(files: Mapping[str, bytes | Answer]) -> Iterator[str]:
    """A Helm repository of these files, below `/charts`; one may be another answer."""

    def answer(asked: Asked) -> Answer:
        found = files.get(asked.target.removeprefix("/charts/"))
        return found if isinstance(found, Answer) else Answer(200, body=found) if found else Answer(404)

    with serving(answer, lambda: None) as server:
        yield f"http://127.0.0.1:{server.server_port}/charts"


@contextmanager
def registry(files: Mapping[str, bytes], moved: Callable[[str], str | None] = lambda _: None) -> Iterator[str]:
    """An OCI registry that asks for a token, as those for anybody do; blobs may have `moved` to another address."""
    blobs = {hashlib.sha256(data).hexdigest(): data for data in files.values()}

    def answer(asked: Asked) -> Answer:
        if asked.target.startswith("/token?"):
            return Answer(200, body=json.dumps({"token": "for-anybody"}).encode())
        if asked.headers["Authorization"] != "Bearer for-anybody":
            realm = f'Bearer realm="http://{asked.headers["Host"]}/token",service="charts"'
            return Answer(401, (("WWW-Authenticate", realm),))
        name, _, what = asked.target.removeprefix("/v2/istio/charts/").partition("/")
        kind, _, named = what.partition("/")
        if kind == "blobs":
            where = moved(named)
            return (
                Answer(307, (("Location", where),)) if where else Answer(200, body=blobs[named.removeprefix("sha256:")])
            )
        data = files.get(f"{name}-{named}.tgz")
        if data is None:
            return Answer(404)
        layer = {
            "mediaType": "application/vnd.cncf.helm.chart.content.v1.tar+gzip",
            "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        }
        return Answer(200, body=json.dumps({"layers": [layer]}).encode())

    with serving(answer, lambda: None) as server:
        yield f"oci://127.0.0.1:{server.server_port}/istio/charts"


def test_the_sources_give_the_same_charts(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked/deeper", VERSION)
    (tmp_path / "packed").mkdir()
    for name, data in FILES.items():
        (tmp_path / "packed" / name).write_bytes(data)
    trees = []
    with repository({"index.yaml": index(FILES), **FILES}) as http, registry(FILES) as oci:
        for address in ("unpacked", "packed", http, oci):
            pulled = from_address(fleet, address)
            trees.append({one.locked.chart: one.locked.tree for one in pulled})
            assert [one.is_new for one in pulled] == [address == "unpacked"] * len(USUAL)
    assert all(tree == trees[0] for tree in trees)
    assert (fleet / f"charts/{VERSION}/istiod/values.yaml").is_file()
    assert verify(fleet).findings == []


def test_the_lock_says_where_a_chart_came_from_and_what_its_archive_was(fleet: Path) -> None:
    with repository({"index.yaml": index(FILES), **FILES}) as address:
        from_address(fleet, address)
    (base, *_) = parse_lock((fleet / "charts.lock").read_bytes(), "charts.lock")
    assert (base.chart, base.version, base.source) == ("base", VERSION, address)
    assert base.archive == hashlib.sha256(FILES[BASE]).hexdigest()


def test_what_was_pulled_is_not_written_again(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    before = contents(fleet)
    from_address(fleet, "unpacked")
    assert contents(fleet) == before


def tar(*members: tarfile.TarInfo, size: int = 0) -> bytes:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w") as archive:
        for member in members:
            member.size = size if member.isreg() else 0
            archive.addfile(member, io.BytesIO(b"x" * size) if member.isreg() else None)
    return gzip.compress(raw.getvalue())


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = kind, target
    return member


# Nine levels of lists with nine of the level below.
ALIASES = b"l0: &l0 [x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"l%d: &l%d [%s]\n" % (level, level, b", ".join([b"*l%d" % (level - 1)] * 9)) for level in range(1, 9)
)


BROKEN = {
    "no archive": (b"<html>not found</html>", "is no archive of a chart"),
    "half": (FILES[BASE][:300], "is no archive of a chart"),
    "bomb": (gzip.compress(b"\0" * (65 << 20)), "an archive bomb?"),
    "leads out": (tar(tarfile.TarInfo("base/../../x")), "leads out of the chart"),
    "absolute": (tar(tarfile.TarInfo("/etc/x")), "leads out of the chart"),
    "of git": (tar(tarfile.TarInfo("base/.git/config")), "leads out of the chart"),
    "a link": (tar(link("base/Chart.yaml", "/etc/passwd")), "a link or a device"),
    "twice": (tar(tarfile.TarInfo("base/x"), tarfile.TarInfo("base/X")), "twice"),
    "two folders": (tar(tarfile.TarInfo("base/x"), tarfile.TarInfo("istiod/x")), "two folders"),
    "a large file": (tar(tarfile.TarInfo("base/x"), size=5 << 20), "at most"),
    "another chart": (pack(chart_files("cni", VERSION), "base"), f"is the chart cni {VERSION}"),
    "another release": (pack(chart_files("base", "1.97.0"), "base"), "is the chart base 1.97.0"),
    "a hard link": (tar(link("base/x", "base/y", tarfile.LNKTYPE)), "a link or a device"),
    "a device": (tar(link("base/x", "", tarfile.CHRTYPE)), "a link or a device"),
    "a sparse file": (tar(link("base/x", "", tarfile.GNUTYPE_SPARSE)), "a link or a device"),
    "backslashes": (tar(tarfile.TarInfo("base\\..\\x")), "leads out of the chart"),
    "a file and a folder": (tar(tarfile.TarInfo("base/x"), tarfile.TarInfo("base/x/y")), "twice"),
    "a folder and a file": (tar(tarfile.TarInfo("base/x/y"), tarfile.TarInfo("base/X")), "twice"),
    "two forms of a letter": (tar(tarfile.TarInfo("base/\u00e9"), tarfile.TarInfo("base/e\u0301")), "twice"),
    "a device of Windows": (tar(tarfile.TarInfo("base/con.yaml")), "is none everywhere"),
    "a dot at the end": (tar(tarfile.TarInfo("base/x.")), "is none everywhere"),
    "git's folder, shortened": (tar(tarfile.TarInfo("base/GIT~1/config")), "is none everywhere"),
    "git's settings": (tar(tarfile.TarInfo("base/.gitattributes")), "from which git would take settings"),
    "a long path": (tar(tarfile.TarInfo(f"base/{'x' * 250}")), "longer or deeper"),
    "a deep path": (tar(tarfile.TarInfo(f"base/{'d/' * 60}x")), "longer or deeper"),
    "many files": (tar(*(tarfile.TarInfo(f"base/{number}") for number in range(2001))), "more than 2000 files"),
    "an end in the middle": (gzip.compress(gzip.decompress(FILES[BASE])[:1024]), "breaks off"),
    "an end that is none": (gzip.compress(gzip.decompress(FILES[BASE])[:1024] + b"x" * 1024), "goes on with"),
    "aliases without end": (pack({"Chart.yaml": ALIASES}, "base"), "an alias bomb"),
    "a library": (
        pack(chart_files("base", VERSION, {"Chart.yaml": f"name: base\nversion: {VERSION}\ntype: library\n"}), "base"),
        "is a chart of type library, of which nothing is rendered",
    ),
    "another chart in it": (
        pack(chart_files("base", VERSION, {"charts/other/Chart.yaml": "name: other\n"}), "base"),
        "depends on other charts",
    ),
    "an archive in it": (
        pack(chart_files("base", VERSION) | {"charts/other.tgz": FILES[BASE]}, "base"),
        "depends on other charts",
    ),
    "older dependencies": (
        pack(chart_files("base", VERSION, {"requirements.yaml": "dependencies: [{name: x}]\n"}), "base"),
        "depends on other charts",
    ),
    "chance": (
        pack(chart_files("base", VERSION, {"templates/x.yaml": "a: {{ randAlphaNum 5 }}"}), "base"),
        "calls randAlphaNum, which gives something else each time",
    ),
    "a dependency": (
        pack(
            chart_files(
                "base", VERSION, {"Chart.yaml": f"name: base\nversion: {VERSION}\ndependencies: [{{name: x}}]\n"}
            ),
            "base",
        ),
        "depends on other charts",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_chart_of_istios_leaves_the_fleet_as_it_was(fleet: Path, name: str) -> None:
    data, message = BROKEN[name]
    files = {**FILES, BASE: data}
    before = contents(fleet)
    with repository({"index.yaml": index(files), **files}) as address, pytest.raises(InputError, match=message):
        from_address(fleet, address)
    assert contents(fleet) == before


ANSWERS: dict[str, tuple[Mapping[str, bytes | Answer], type[MeshrevError], str]] = {
    "a wrong digest": ({"index.yaml": index(FILES, {BASE: "0" * 64})}, InputError, "was expected"),
    "no digest": ({"index.yaml": index(FILES).replace(b", digest: ", b", x: ")}, InputError, "has no digest"),
    "no such release": ({"index.yaml": index(archives("1.97.0"))}, InputError, "it has 1.97.0"),
    "no index": ({}, InputError, "index.yaml is not there"),
    "another index": ({"index.yaml": b"<html></html>"}, InputError, "no index of a Helm repository"),
    "another host": (
        {BASE: Answer(302, (("Location", "http://localhost:1/x"),))},
        InputError,
        "leads to another host|sends on to another host",
    ),
    "a host of the index": (
        {"index.yaml": index(FILES).replace(b"urls: [base", b"urls: ['http://localhost:1/x', base")},
        InputError,
        "leads to another host",
    ),
    "a password of the index": (
        {"index.yaml": index(FILES).replace(b"urls: [base", b"urls: ['http://ada:word@127.0.0.1/x', base")},
        InputError,
        r"leads to another host, 127\.0\.0\.1:",
    ),
    "a file of the index": (
        {"index.yaml": index(FILES).replace(b"urls: [base", b"urls: ['file:///etc/passwd', base")},
        InputError,
        "leads to another host, file:///etc/passwd",
    ),
    "a chart twice": ({"index.yaml": index(FILES) + index(FILES).partition(b"entries:\n")[2]}, InputError, "twice"),
    "an endless index": ({"index.yaml": b"entries: {}\n" + ALIASES}, InputError, "an alias bomb"),
    "a large index": ({"index.yaml": b"a" * (17 << 20)}, InputError, "has more than 16777216 bytes"),
    "a part": ({BASE: Answer(206, body=FILES[BASE])}, InputError, "answers 206"),
    "a redirect to a file": ({BASE: Answer(302, (("Location", "file:///etc/passwd"),))}, InputError, "over https only"),
    "a provenance file of another host": (
        {f"{BASE}.prov": Answer(302, (("Location", "http://localhost:1/x"),))},
        InputError,
        "sends on to another host",
    ),
    "a provenance file that is none": ({f"{BASE}.prov": b"\xff"}, InputError, "no signed text"),
    "a half-finished download": ({BASE: Answer(200, body=FILES[BASE], cut=200)}, OutsideError, "cannot be fetched"),
    "a broken server": ({BASE: Answer(503)}, OutsideError, "answers 503"),
    "redirects without end": ({BASE: Answer(302, (("Location", f"/charts/{BASE}"),))}, OutsideError, "lead nowhere"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_a_server_that_gives_something_else_leaves_the_fleet_as_it_was(fleet: Path, name: str) -> None:
    answers, kind, message = ANSWERS[name]
    files: dict[str, bytes | Answer] = {} if name == "no index" else {"index.yaml": index(FILES), **FILES}
    before = contents(fleet)
    with repository({**files, **answers}) as address, pytest.raises(kind, match=message):
        from_address(fleet, address)
    assert contents(fleet) == before


def test_a_redirect_on_the_same_host_is_followed(fleet: Path) -> None:
    files = {**FILES, "moved": FILES[BASE], BASE: Answer(301, (("Location", "/charts/moved"),))}
    with repository({"index.yaml": index(FILES), **files}) as address:
        from_address(fleet, address)
    assert verify(fleet).count == len(USUAL)


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://charts.example.com", "over https only"),
        ("https://user:word@charts.example.com", "no name or password"),
        ("ftp://charts.example.com", "over https only"),
        ("nowhere", "is no folder"),
    ],
)
def test_an_address_that_is_not_to_be_trusted_is_not_asked(fleet: Path, address: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        from_address(fleet, address)


def test_a_registry_may_send_on_to_its_store_which_is_not_given_the_token(fleet: Path) -> None:
    asked: list[Asked] = []

    def store(one: Asked) -> Answer:
        asked.append(one)
        digest = one.target.removeprefix("/sha256:")
        return Answer(200, body=next(data for data in FILES.values() if hashlib.sha256(data).hexdigest() == digest))

    with (
        serving(store, lambda: None, "localhost") as there,
        registry(FILES, lambda named: f"http://localhost:{there.server_port}/{named}") as address,
    ):
        from_address(fleet, address)
    assert len(asked) == len(USUAL)
    assert not any(one.headers["Authorization"] for one in asked)


def test_a_store_that_gives_something_else_is_found_out(fleet: Path) -> None:
    with (
        serving(lambda _: Answer(200, body=b"other"), lambda: None) as there,
        registry(FILES, lambda named: f"http://127.0.0.1:{there.server_port}/{named}") as address,
        pytest.raises(InputError, match="is not what its digest says"),
    ):
        from_address(fleet, address)


def test_a_manifest_that_is_not_what_its_digest_says_is_refused(fleet: Path) -> None:
    header = ("Docker-Content-Digest", f"sha256:{'0' * 64}")
    with (
        serving(lambda _: Answer(200, (header,), b'{"layers": []}'), lambda: None) as server,
        pytest.raises(InputError, match="is not what its digest says"),
    ):
        from_address(fleet, f"oci://127.0.0.1:{server.server_port}/istio/charts")


@pytest.mark.parametrize("other_hosts", [True, False])
def test_no_server_elsewhere_sends_to_this_machine(other_hosts: bool) -> None:
    with (
        Downloads("https://charts.example.com") as downloads,
        pytest.raises(InputError, match="without https: nothing is asked there"),
    ):
        downloads.get("http://127.0.0.1:1/token", 1, other_hosts=other_hosts)


def test_a_chart_that_was_edited_is_never_written_over(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    edited = fleet / f"charts/{VERSION}/base/values.yaml"
    edited.write_text("mine: true\n")
    with pytest.raises(InputError, match="is in the way"):
        from_address(fleet, "unpacked")
    assert edited.read_text() == "mine: true\n"
    (finding,) = verify(fleet).findings
    assert (finding.file, finding.code) == (f"charts/{VERSION}/base", "MR280")


def test_a_pull_that_was_killed_is_taken_up_by_the_next_one(fleet: Path, tmp_path: Path) -> None:
    """Some charts were moved to their places, the others lie where they were unpacked, and the lock is not written."""
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    whole = contents(fleet)
    (fleet / "charts.lock").unlink()
    (fleet / "charts/.pulling").mkdir()
    (fleet / f"charts/{VERSION}/istiod").rename(fleet / "charts/.pulling/1")
    assert {one.code for one in verify(fleet).findings} == {"MR280"}
    from_address(fleet, "unpacked")
    assert contents(fleet) == whole


def test_a_file_in_the_way_leaves_the_fleet_as_it_was(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    (fleet / "charts").write_text("mine\n")
    before = contents(fleet)
    with pytest.raises(InputError) as caught:
        from_address(fleet, "unpacked")
    assert [one.code for one in caught.value.findings] == ["MR097"]
    assert contents(fleet) == before


def add_file(chart: Path) -> None:
    (chart / "templates/more.yaml").write_text("a: 1\n")


def remove_file(chart: Path) -> None:
    (chart / "values.yaml").unlink()


def rename_file(chart: Path) -> None:
    (chart / "values.yaml").rename(chart / "VALUES.yaml")


def change_line_ends(chart: Path) -> None:
    (chart / "values.yaml").write_bytes((chart / "values.yaml").read_bytes().replace(b"\n", b"\r\n"))


def link_file(chart: Path) -> None:
    (chart / "values.yaml").rename(chart.parent / "values")
    (chart / "values.yaml").symlink_to("../values")


def change_digest(chart: Path) -> None:
    lock = chart.parents[2] / "charts.lock"
    lock.write_text("".join(re.sub('tree: "[0-9a-f]', 'tree: "g', line) for line in lock.read_text().splitlines(True)))


def change_one_digest(chart: Path) -> None:
    lock = chart.parents[2] / "charts.lock"
    digest = next(one.tree for one in parse_lock(lock.read_bytes(), "charts.lock") if one.chart == "base")
    lock.write_text(lock.read_text().replace(digest, digest[1:] + digest[0]))


def forget_chart(chart: Path) -> None:
    lock = chart.parents[2] / "charts.lock"
    lock.write_text("".join(line for line in lock.read_text().splitlines(True) if '"base"' not in line))


def replace_by_another(chart: Path) -> None:
    shutil.rmtree(chart)
    shutil.copytree(chart.parent / "cni", chart)


EDITS = (add_file, remove_file, rename_file, change_line_ends, link_file, change_one_digest, forget_chart)


@pytest.mark.parametrize("edit", [*EDITS, replace_by_another], ids=lambda edit: edit.__name__)
def test_what_was_edited_after_it_was_pulled_is_found(
    fleet: Path, tmp_path: Path, edit: Callable[[Path], None]
) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    edit(fleet / f"charts/{VERSION}/base")
    found = verify(fleet)
    assert found.count == len(USUAL) - 1
    assert f"charts/{VERSION}/base" in {(one.file or "") for one in found.findings} | {
        (one.file or "").rpartition("/")[0] for one in found.findings
    }
    assert {one.code for one in found.findings} == {"MR280"}


def test_a_digest_that_is_none_is_a_mistake_in_the_lock(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    change_digest(fleet / f"charts/{VERSION}/base")
    with pytest.raises(InputError, match="a SHA-256 of 64 hexadecimal digits"):
        verify(fleet)


def test_a_release_does_not_change(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    write_charts(tmp_path / "other", VERSION, {"base": {"values.yaml": "other: true\n"}})
    before = contents(fleet)
    with pytest.raises(InputError, match="a release does not change"):
        from_address(fleet, "other")
    assert contents(fleet) == before


def test_a_link_is_not_written_through(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    (fleet / "elsewhere").mkdir()
    (fleet / "charts").symlink_to("elsewhere")
    with pytest.raises(InputError, match="symbolic link"):
        from_address(fleet, "unpacked")
    assert not list((fleet / "elsewhere").iterdir())


def test_what_lies_beside_the_charts_is_told_of(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION)
    from_address(fleet, "unpacked")
    write_charts(fleet / "charts/1.97.0", "1.97.0")
    assert {finding.file for finding in verify(fleet).findings} == {f"charts/1.97.0/{name}" for name in USUAL}


def test_a_folder_may_hold_no_path_that_an_archive_may_not(fleet: Path, tmp_path: Path) -> None:
    write_charts(tmp_path / "unpacked", VERSION, {"base": {".gitattributes": "* text\n"}})
    with pytest.raises(InputError, match="from which git would take settings"):
        from_address(fleet, "unpacked")
    assert not (fleet / "charts").exists()


@pytest.fixture
def signer(tmp_path: Path) -> Iterator[Callable[[bytes], bytes]]:
    """Signs a text with a key of its own, whose public half lies in `keyring`."""
    home = tmp_path / "gpg"
    home.mkdir(mode=0o700)

    def gpg(*arguments: str, stdin: bytes = b"") -> bytes:
        command = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, check=True).stdout

    gpg("--passphrase", "", "--quick-generate-key", "charts@example.com", "ed25519", "sign", "never")
    (tmp_path / "keyring").write_bytes(gpg("--export"))
    yield lambda text: gpg("--clearsign", stdin=text)
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"], check=True)  # it would stay


def provenance(name: str, digest: str) -> bytes:
    return f"name: base\nversion: {VERSION}\n\n...\nfiles:\n  {name}: sha256:{digest}\n".encode()


def test_a_signature_is_checked_by_the_keyring_that_is_named(
    fleet: Path, tmp_path: Path, signer: Callable[[bytes], bytes]
) -> None:
    keyring = tmp_path / "keyring"
    signed = {
        f"{name}.prov": signer(provenance(name, hashlib.sha256(data).hexdigest())) for name, data in FILES.items()
    }
    with repository({"index.yaml": index(FILES), **FILES, **signed}) as address:
        assert {one.signature for one in from_address(fleet, address)} == {"unchecked"}
        assert {one.signature for one in from_address(fleet, address, keyring)} == {"checked"}
        other = {**signed, f"{BASE}.prov": signed[f"{BASE}.prov"].replace(b"sha256:", b"sha256:0")}
    for files, message in ((other, "is not signed by anybody in keyring"), ({}, "has no provenance file")):
        with (
            repository({"index.yaml": index(FILES), **FILES, **files}) as address,
            pytest.raises(InputError, match=message),
        ):
            from_address(fleet, address, keyring)


def test_a_provenance_file_of_another_archive_is_refused_without_a_keyring_too(
    fleet: Path, signer: Callable[[bytes], bytes]
) -> None:
    with (
        repository(
            {"index.yaml": index(FILES), **FILES, f"{BASE}.prov": signer(provenance(BASE, "0" * 64))}
        ) as address,
        pytest.raises(InputError, match="is not the archive that was signed"),
    ):
        from_address(fleet, address)
