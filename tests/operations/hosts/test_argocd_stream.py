"""Objects as one stream of documents."""

from __future__ import annotations

import pytest
import yaml

from render.errors import InputError
from render.operations.hosts.argocd import stream
from render.operations.hosts.tree_objects import TreeObject

SERVICE = b"apiVersion: v1\nkind: Service\nmetadata:\n  name: a\n  namespace: n\n"


def refused(*texts: bytes) -> list[str]:
    with pytest.raises(InputError) as error:
        stream(TreeObject("extra", f"file{number}.yaml", text) for number, text in enumerate(texts))
    return [finding.text() for finding in error.value.findings]


def test_each_object_is_a_document_in_the_order_given() -> None:
    texts = [SERVICE, SERVICE.replace(b"name: a", b"name: b"), SERVICE.replace(b"namespace: n", b"namespace: m")]
    printed = stream(TreeObject("extra", f"{number}.yaml", text) for number, text in enumerate(texts))
    assert list(yaml.safe_load_all(printed)) == [yaml.safe_load(text) for text in texts]


def test_a_text_that_stands_last_keeps_its_newline_when_one_is_cut_off_the_end() -> None:
    text = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: |\n    line\n"
    cut = stream([TreeObject("extra", "a.yaml", text)]).removesuffix(b"\n")
    assert yaml.safe_load(cut)["data"]["k"] == "line\n"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null\n",
        b"- a\n",
        b"kind: Service\nmetadata: {name: a}\n",
        b"apiVersion: v1\nmetadata: {name: a}\n",
        b"apiVersion: v1\nkind: Service\n",
        b"apiVersion: v1\nkind: Service\nmetadata: {}\n",
        b"apiVersion: v1\nkind: List\nitems: []\n",
        b"apiVersion: v1\nkind: Service\nmetadata: {name: 1}\n",
        SERVICE + b"---\n" + SERVICE,
    ],
)
def test_what_is_not_one_object_is_refused(text: bytes) -> None:
    assert refused(SERVICE, text) == ["file1.yaml: is not one object with apiVersion, kind and metadata.name"]


def test_an_object_that_is_there_twice_is_refused_whatever_its_version() -> None:
    assert refused(SERVICE, SERVICE.replace(b"v1", b"v2")) == [
        "file1.yaml: Service/n/a: is in file0.yaml too: keep one of them"
    ]


def test_a_file_that_is_no_yaml_is_refused_with_its_line() -> None:
    (message,) = refused(b"a: [\n")
    assert message.startswith("file0.yaml:")
