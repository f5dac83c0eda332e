"""The table of Istio's annotations and the values that istiod takes."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from render.specs.annotations import known_annotations, refused_value
from render.specs.releases import Release, parse
from scripts.annotations import FILE, table, text

NEWEST = parse("v1.31.4")


def test_the_file_is_as_the_script_writes_it() -> None:
    assert FILE.read_text() == text(json.loads(FILE.read_text()))


def test_the_script_notes_when_an_annotation_comes_goes_and_is_deprecated() -> None:
    old = {"name": "a", "resources": ["Pod"]}
    kept = {"name": "b", "resources": ["Pod"]}
    lists = {"1.1": [old, kept], "1.2": [kept | {"deprecated": True}, {"name": "c", "resources": ["Any"]}]}
    assert table(lists) == {
        "a": {"kinds": ["Pod"], "since": "1.1", "until": "1.1"},
        "b": {"kinds": ["Pod"], "since": "1.1", "deprecated": "1.2"},
        "c": {"kinds": ["Any"], "since": "1.2"},
    }


def test_an_annotation_is_known_from_its_first_release_to_its_last() -> None:
    dump = known_annotations()["sidecar.istio.io/enableCoreDump"]
    assert [dump.is_known_in(Release(1, minor, 0)) for minor in (23, 24, 25)] == [True, True, False]


@given(st.lists(st.integers(0, 70000), min_size=1).map(lambda ports: (ports, ",".join(map(str, ports)))))
def test_ports_are_taken_exactly_where_each_is_one(given_ports: tuple[list[int], str]) -> None:
    ports, written = given_ports
    refused = refused_value("traffic.sidecar.istio.io/excludeInboundPorts", written, NEWEST)
    assert (refused is None) == all(port < 65536 for port in ports)


@given(st.ip_addresses(), st.integers(0, 140))
def test_a_range_is_taken_exactly_where_its_length_fits_the_address(address: object, bits: int) -> None:
    refused = refused_value("traffic.sidecar.istio.io/excludeOutboundIPRanges", f"{address}/{bits}", NEWEST)
    assert (refused is None) == (bits <= (128 if ":" in str(address) else 32))


@given(st.text())
def test_any_text_is_judged(value: str) -> None:
    for name in known_annotations():
        refused_value(name, value, NEWEST)
