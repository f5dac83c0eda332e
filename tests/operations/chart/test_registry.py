"""Charts from a real OCI registry: what is right is taken, and of all else nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from render.charts.chart import USUAL
from render.charts.lock import parse_lock
from render.errors import InputError, OutsideError
from render.operations.chart.disk import verify
from tests.operations.chart.test_pull import BASE, FILES, VERSION, contents, from_address, provenance
from tests.support.charts import archives
from tests.support.loopback import Answer, Asked, serving
from tests.support.programs.docker_registry import DockerRegistry, blob_path, docker_registry, needs_registry

pytestmark = needs_registry


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[DockerRegistry]:
    """With the charts of a release."""
    with docker_registry(tmp_path / "oci") as registry:
        for name in USUAL:
            registry.push(name, VERSION, FILES[f"{name}-{VERSION}.tgz"])
        yield registry


def test_a_tag_names_the_charts_and_their_digests_are_in_the_lock(fleet: Path, registry: DockerRegistry) -> None:
    assert [one.is_new for one in from_address(fleet, registry.oci)] == [True] * len(USUAL)
    assert verify(fleet).findings == []
    locked = {one.chart: one for one in parse_lock((fleet / "charts.lock").read_bytes(), "charts.lock")}
    assert {one.source for one in locked.values()} == {registry.oci}
    assert locked["base"].archive == hashlib.sha256(FILES[BASE]).hexdigest()


def test_a_tag_that_was_moved_changes_no_release(fleet: Path, registry: DockerRegistry) -> None:
    from_address(fleet, registry.oci)
    before = contents(fleet)
    registry.push("base", VERSION, archives(VERSION, {"base": {"values.yaml": "other: true\n"}})[BASE])
    with pytest.raises(InputError, match="a release does not change"):
        from_address(fleet, registry.oci)
    assert contents(fleet) == before


def test_a_provenance_file_is_a_layer_of_its_own(fleet: Path, registry: DockerRegistry) -> None:
    signed = b"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA512\n\n%s-----BEGIN PGP SIGNATURE-----\n"
    digest = hashlib.sha256(FILES[BASE]).hexdigest()
    registry.push("base", VERSION, FILES[BASE], signed % provenance(BASE, digest))
    assert from_address(fleet, registry.oci)[0].signature == "unchecked"
    registry.push("base", VERSION, FILES[BASE], signed % provenance(BASE, "0" * 64))
    with pytest.raises(InputError, match="is not the archive that was signed"):
        from_address(fleet, registry.oci)


def test_a_layer_that_is_not_what_its_digest_says_is_refused(fleet: Path, registry: DockerRegistry) -> None:
    before = contents(fleet)
    registry.blob(FILES[BASE]).write_bytes(archives("1.97.0")["base-1.97.0.tgz"])
    with pytest.raises(InputError, match="is not what its digest says"):
        from_address(fleet, registry.oci)
    assert contents(fleet) == before


def test_a_tag_that_is_not_there_is_told_of(fleet: Path, registry: DockerRegistry, tmp_path: Path) -> None:
    before = contents(fleet)
    with pytest.raises(InputError, match=f"/v2/istio/other/base/manifests/{VERSION} is not there"):
        from_address(fleet, f"{registry.oci.removesuffix('charts')}other")
    registry.blob(FILES[BASE]).unlink()
    with pytest.raises(InputError, match=r"/blobs/sha256:[0-9a-f]{64} is not there"):
        from_address(fleet, registry.oci)
    assert contents(fleet) == before


def test_a_registry_that_asks_for_a_password_is_given_none(fleet: Path, tmp_path: Path) -> None:
    (tmp_path / "htpasswd").write_text("ada:$2y$05$" + "a" * 53 + "\n")
    auth = {"auth": {"htpasswd": {"realm": "charts", "path": str(tmp_path / "htpasswd")}}}
    with (
        docker_registry(tmp_path / "oci", auth) as registry,
        pytest.raises(InputError, match=r"answers 401.*helm pull.*--from"),
    ):
        from_address(fleet, registry.oci)


def redirecting(address: str) -> dict[str, object]:
    """The settings of a registry that sends on to a store for its layers."""
    return {"middleware": {"storage": [{"name": "redirect", "options": {"baseurl": address}}]}}


def test_a_registry_that_sends_on_to_its_store_is_followed(
    fleet: Path, registry: DockerRegistry, tmp_path: Path
) -> None:
    asked: list[Asked] = []

    def store(one: Asked) -> Answer:
        asked.append(one)
        return Answer(200, body=(registry.root / one.target.partition("?")[0].lstrip("/")).read_bytes())

    with (
        serving(store, lambda: None, "localhost") as there,
        docker_registry(tmp_path / "oci", redirecting(f"http://localhost:{there.server_port}/")) as sending_on,
    ):
        from_address(fleet, sending_on.oci)
    (first, *others) = asked
    assert first.target.partition("?")[0] == f"/{blob_path(hashlib.sha256(FILES[BASE]).hexdigest())}"
    assert len(others) == len(USUAL) - 1


@pytest.mark.parametrize(
    ("answer", "kind", "message"),
    [
        (Answer(200, body=FILES[BASE], cut=200), OutsideError, "cannot be fetched"),
        (Answer(200, body=FILES[BASE][:200]), InputError, "is not what its digest says"),
        (Answer(404), InputError, "is not there"),
        (Answer(302, (("Location", "http://charts.example.com/x"),)), InputError, "over https only"),
    ],
    ids=["half a download", "half a file", "nothing", "on without https"],
)
def test_a_store_that_gives_less_leaves_the_fleet_as_it_was(
    fleet: Path, registry: DockerRegistry, tmp_path: Path, answer: Answer, kind: type[Exception], message: str
) -> None:
    before = contents(fleet)
    with (
        serving(lambda _: answer, lambda: None, "localhost") as there,
        docker_registry(tmp_path / "oci", redirecting(f"http://localhost:{there.server_port}/")) as sending_on,
        pytest.raises(kind, match=message),
    ):
        from_address(fleet, sending_on.oci)
    assert contents(fleet) == before


def test_a_registry_that_has_ended_cannot_be_asked(fleet: Path, tmp_path: Path) -> None:
    with docker_registry(tmp_path / "oci") as registry:
        address = registry.oci
    with pytest.raises(OutsideError, match="cannot be fetched"):
        from_address(fleet, address)
