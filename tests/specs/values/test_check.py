"""What a person is told of the values that they wrote."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from render.errors import InputError
from render.specs import releases
from render.specs.values.check import check_values
from render.specs.values.names import SUBJECTS, Name, tree
from render.specs.values.release_ranges import is_read, ordinal

SPEC = ("spec", "values")

# subject, version, values, and for the one mistake in them: code, severity, path, message
TOLD: list[tuple[str, str, dict[str, Any], str, str, str, str]] = [
    # a slip of the finger
    ("Istio", "v1.24.3", {"pilot": {"autoscaleMim": 2}}, "MR052", "error", "pilot.autoscaleMim",
     "not a value of istiod 1.24 (did you mean autoscaleMin?)"),
    ("istiod", "1.24.3", {"global": {"hubb": "x"}}, "MR052", "error", "global.hubb",
     "not a value of istiod 1.24 (did you mean hub?)"),
    ("Istio", "v1.30-latest", {"Pilot": {}}, "MR052", "error", "Pilot",
     "not a value of istiod 1.30 (did you mean pilot?)"),
    ("gateway", "1.26.0", {"service": {"port": []}}, "MR052", "error", "service.port",
     "not a value of gateway 1.26 (did you mean ports?)"),
    # the right name in the wrong place
    ("Istio", "v1.24.3", {"autoscaleMin": 2}, "MR052", "error", "autoscaleMin",
     "not a value of istiod 1.24 (did you mean values.pilot.autoscaleMin?)"),
    ("Istio", "v1.24.3", {"global": {"autoscaleMin": 2}}, "MR052", "error", "global.autoscaleMin",
     "not a value of istiod 1.24 (did you mean values.pilot.autoscaleMin?)"),
    ("IstioCNI", "v1.26.1", {"ambient": {"enabled": True}}, "MR052", "error", "ambient",
     "not a value of cni 1.26 (did you mean values.cni.ambient?)"),
    ("ZTunnel", "v1.28.3", {"hub": "localhost:5000"}, "MR052", "error", "hub",
     "not a value of ztunnel 1.28 (did you mean values.ztunnel.hub?)"),
    ("istiod", "1.24.3", {"accessLogFile": "/dev/stdout"}, "MR052", "error", "accessLogFile",
     "not a value of istiod 1.24 (did you mean meshConfig.accessLogFile?)"),
    ("ztunnel", "1.28.3", {"ztunnel": {"logLevel": "info"}}, "MR052", "error", "ztunnel",
     "not a value of ztunnel 1.28 (leave this level out and write logLevel in its place)"),
    # what could have been meant, where nothing is near
    ("istiod", "1.24.3", {"telemetry": {"v2": {"prometheus": {"wasm": {}}}}}, "MR052", "error",
     "telemetry.v2.prometheus.wasm", "not a value of istiod 1.24 (known here: enabled)"),
    # read by another release
    ("Istio", "v1.29.1", {"pilot": {"taint": {"name": "x"}}}, "MR054", "warning", "pilot.taint.name",
     "not read by istiod 1.29.1 (read since 1.30.3)"),
    ("cni", "1.26.8", {"rollingMaxUnavailable": 1}, "MR054", "warning", "rollingMaxUnavailable",
     "not read by cni 1.26.8 (read before 1.26)"),
    ("base", "1.29.1", {"base": {"validationFailurePolicy": "Fail"}}, "MR054", "warning",
     "base.validationFailurePolicy", "not read by base 1.29.1 (read since 1.29.2)"),
    ("istiod", "1.23.5", {"autoscaleMin": 2}, "MR054", "warning", "autoscaleMin",
     "not read by istiod 1.23.5 (read since 1.24; pilot.autoscaleMin is read)"),
    # known to Sail's API alone
    ("Istio", "v1.24.3", {"global": {"jwtPolicy": "x"}}, "MR054", "warning", "global.jwtPolicy",
     "not read by istiod 1.24.3 (no release reads it)"),
    ("IstioCNI", "v1.24.3", {"cni": {"resource_quotas": {"pods": 1}}}, "MR054", "warning", "cni.resource_quotas.pods",
     "not read by cni 1.24.3 (no release reads it; values.cni.resourceQuotas.pods is read)"),
    # of another type
    ("Istio", "v1.24.3", {"pilot": {"autoscaleMin": "2"}}, "MR053", "error", "pilot.autoscaleMin",
     "must be a whole number, found the text 2 (leave out the quotes)"),
    ("Istio", "v1.24.3", {"compatibilityVersion": 1.23}, "MR053", "error", "compatibilityVersion",
     "must be text, found the number 1.23 (put it in quotes)"),
    ("istiod", "1.24.3", {"telemetry": {"enabled": "true"}}, "MR053", "error", "telemetry.enabled",
     "must be true or false, found the text true (leave out the quotes)"),
    ("istiod", "1.24.3", {"pilot": [1]}, "MR053", "error", "pilot",
     "must be an object (names with values), found a list"),
    ("Istio", "v1.24.3", {"pilot": {"volumes": {}}}, "MR053", "error", "pilot.volumes",
     "must be a list of objects, found an object"),
    ("Istio", "v1.24.3", {"pilot": {"podAnnotations": {"a.b/c": 1}}}, "MR053", "error", "pilot.podAnnotations.a.b/c",
     "must be text, found the number 1 (put it in quotes)"),
    ("Istio", "v1.24.3", {"global": {"imagePullSecrets": ["a", {"name": "b"}]}}, "MR053", "error",
     "global.imagePullSecrets.1", "must be text, found an object"),
    # what is said elsewhere
    ("Istio", "v1.24.3", {"istio_cni": {"enabled": True}}, "MR052", "error", "istio_cni",
     "not a value of istiod 1.24 (since 1.24 it is pilot.cni.enabled)"),
    ("Istio", "v1.24.3", {"revisionTags": ["prod"]}, "MR052", "error", "revisionTags",
     "not a value of istiod 1.24 (a tag is an object of its own: write an IstioRevisionTag)"),
    ("Istio", "v1.24.3", {"gateways": {"istio-ingressgateway": {}}}, "MR052", "error", "gateways",
     "not a value of istiod 1.24 (a gateway is a component of its own: see `meshrev template gateway`)"),
    ("Istio", "v1.30.3", {"proxy": {"resources": {}}}, "MR052", "error", "proxy",
     "not a value of istiod 1.30 (did you mean values.global.proxy?)"),
    ("Istio", "v1.30.3", {"global": {"proxy": {"concurrency": 2}}}, "MR052", "error", "global.proxy.concurrency",
     "not a value of istiod 1.30 (did you mean values.meshConfig.defaultConfig.concurrency?)"),
    ("Istio", "v1.30.3", {"global": {"proxy": {"logLevel": "verbose"}}}, "MR044", "error", "global.proxy.logLevel",
     "verbose is not one of trace, debug, info, warning, warn, error, critical, off"),
    # nearly a field of the mesh configuration
    ("Istio", "v1.24.3", {"meshConfig": {"accesLogFile": "x"}}, "MR052", "error", "meshConfig.accesLogFile",
     "not a field of MeshConfig (did you mean accessLogFile?)"),
    # not a field of it at all
    ("Istio", "v1.24.3", {"meshConfig": {"anything": {"goes": [1]}}}, "MR054", "warning", "meshConfig.anything",
     "not a field of MeshConfig: istiod 1.24.3 does not read it"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("subject", "version", "values", "code", "severity", "path", "message"), TOLD, ids=[told[5] for told in TOLD]
)
def test_one_line_says_what_is_wrong_and_what_was_meant(
    subject: str, version: str, values: dict[str, Any], code: str, severity: str, path: str, message: str
) -> None:
    at = SPEC if SUBJECTS[subject].is_spec else ()
    (problem,) = check_values(subject, version, values, at)
    assert (problem.code, problem.severity, problem.message) == (code, severity, message)
    assert ".".join(map(str, problem.path[len(at) :])) == path
    assert problem.path[: len(at)] == at


# fmt: off
RIGHT: list[tuple[str, str, dict[str, Any]]] = [
    ("Istio", "v1.24.3", {"pilot": {"autoscaleMin": 2, "env": {"A": "b", "B": True, "C": 1}}, "revision": "x"}),
    ("Istio", "v1.24.3", {"pilot": {"resources": {"requests": {"cpu": "500m"}, "limits": {"cpu": 1}}}}),
    ("Istio", "v1.24.3", {"pilot": {"rollingMaxSurge": "100%", "rollingMaxUnavailable": 1, "traceSampling": 1}}),
    ("Istio", "v1.24.3", {"base": {"excludedCRDs": ["a"]}, "global": {"proxy": {"logLevel": "debug"}}}),
    ("Istio", "v1.28.0", {"pilot": {"istiodRemote": {"enabled": True}}, "gatewayClasses": {"x": {}}}),
    ("istiod", "1.24.3", {"autoscaleMin": 2, "pilot": {"autoscaleMin": 3}, "initContainers": [{"name": "x"}]}),
    ("istiod", "1.23.5", {"pilot": {"autoscaleMin": 3}, "istio_cni": {"chained": False}}),
    ("istiod", "1.24.3", {"pilot": {"global": {"hub": "localhost:5000"}}}),
    ("IstioCNI", "v1.24.3", {"cni": {"ambient": {"enabled": True}}, "global": {"hub": "localhost:5000"}}),
    ("ZTunnel", "v1.29.0", {"ztunnel": {"env": {"A": "b"}}, "global": {"networkPolicy": {"enabled": True}}}),
    ("ztunnel", "1.24.3", {"hub": "x", "global": {"tag": "y", "logLevel": "info"}}),
    ("gateway", "1.24.3", {"labels": {"istio": "egress", "a": 1}, "global": {"imagePullSecrets": [{"name": "x"}]}}),
    ("egress", "1.30.3", {"gateways": {"istio-egressgateway": {"ports": [{"port": 80}]}}}),
    ("IstioOperator", "1.24.3", {"gateways": {"istio-ingressgateway": {"enabled": True}}, "cni": {"chained": False}}),
    ("revisiontags", "1.28.1", {"revisionTags": ["prod"], "revision": "1-28-1"}),
    ("Istio", "v1.24.3", {"meshConfig": {"access_log_file": "x"}}),
]
# fmt: on


@pytest.mark.parametrize(("subject", "version", "values"), RIGHT)
def test_nothing_is_said_of_values_that_the_release_reads(subject: str, version: str, values: dict[str, Any]) -> None:
    assert check_values(subject, version, values) == []


def test_the_last_of_several_ranges_does_not_hide_the_gap_before_it() -> None:
    values = {"base": {"validationFailurePolicy": "Fail"}}
    found = {
        version: len(check_values("base", version, values)) for version in ("1.28.5", "1.28.6", "1.29.0", "1.30.0")
    }
    assert found == {"1.28.5": 1, "1.28.6": 0, "1.29.0": 1, "1.30.0": 0}


def test_all_mistakes_are_told_at_once() -> None:
    values = {"pilot": {"autoscaleMim": 2, "autoscaleMax": "5"}, "globl": {"x": 1}}
    assert [problem.code for problem in check_values("Istio", "v1.24.3", values)] == ["MR052", "MR053", "MR052"]


def test_a_version_that_is_no_release_is_refused() -> None:
    with pytest.raises(InputError):
        check_values("istiod", "latest", {})


def paths(name: Name, release: int, above: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    """Every path that a release reads, those of objects as well."""
    if name.names is None:
        return [above] if is_read(name.read, release) else []
    below = [path for key, child in name.names.items() for path in paths(child, release, (*above, key))]
    return [above, *below] if below and above else below


def all_paths(subject: str, version: str) -> list[tuple[str, ...]]:
    release = releases.parse(version)
    return paths(tree(subject), ordinal(release.major, release.minor, release.patch))


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, str, tuple[str, ...]]:
    """A subject, a release and a path that it reads with one slip in one of its names."""
    subject = draw(st.sampled_from(sorted(SUBJECTS)))
    version = draw(st.sampled_from(["1.23.5", "1.24.3", "1.27.0", "1.30.3"]))
    path = draw(st.sampled_from(all_paths(subject, version)))
    at = draw(st.integers(0, len(path) - 1))
    word = path[at]
    here = draw(st.integers(0, len(word) - 1))
    slip = draw(st.sampled_from(["left out", "twice", "swapped", "other"]))
    wrong = {
        "left out": word[:here] + word[here + 1 :],
        "twice": word[:here] + word[here] + word[here:],
        "swapped": word[:here] + word[here : here + 2][::-1] + word[here + 2 :],
        "other": word[:here] + "x" + word[here + 1 :],
    }[slip]
    return subject, version, (*path[:at], wrong, *path[at + 1 :])


@given(misspelt())
def test_a_misspelt_name_is_always_an_error_with_a_suggestion(case: tuple[str, str, tuple[str, ...]]) -> None:
    subject, version, path = case
    known: Name | None = tree(subject)
    wrong = next((at for at, _ in enumerate(path) if not follow(known, path[: at + 1])), None)
    assume(wrong is not None and len(path[wrong]) > 3)
    assert wrong is not None
    value: Any = None
    for name in reversed(path):
        value = {name: value}
    (problem,) = check_values(subject, version, value)
    assert (problem.code, problem.severity, problem.path) == ("MR052", "error", path[: wrong + 1])
    assert "(did you mean " in problem.message or "(leave this level out" in problem.message


def follow(name: Name | None, path: tuple[str, ...]) -> Name | None:
    for step in path:
        name = (name.names or {}).get(step) if name else None
    return name


@pytest.mark.parametrize("subject", sorted(SUBJECTS))
def test_null_deletes_any_default(subject: str) -> None:
    for path in all_paths(subject, "1.27.0"):
        value: Any = None
        for name in reversed(path):
            value = {name: value}
        assert check_values(subject, "1.27.0", value) == []


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


@given(st.dictionaries(st.text(), ANYTHING, max_size=4), st.dictionaries(st.text(), st.text(), max_size=4))
def test_free_subtrees_stay_free(anything: dict[str, Any], texts: dict[str, str]) -> None:
    values = {
        "pilot": {
            "env": texts,
            "podAnnotations": texts,
            "deploymentLabels": texts,
            "nodeSelector": texts,
            "affinity": anything,
            "tolerations": [anything],
            "volumes": [anything],
            "resources": {"limits": anything, "requests": anything},
        },
        "gatewayClasses": anything,
        "experimental": anything,
        "global": {"proxy": {"lifecycle": anything}},
        "sidecarInjectorWebhook": {"templates": texts, "neverInjectSelector": [anything]},
    }
    assert check_values("Istio", "v1.28.1", values) == []


# Letters of which no field's name is made, so that none is near.
FAR_NAMES = st.text(st.characters(categories=["Lo"]), min_size=1)


@given(st.dictionaries(FAR_NAMES, ANYTHING, max_size=4))
def test_what_is_no_field_of_the_mesh_api_is_only_warned_of(anything: dict[str, Any]) -> None:
    found = check_values("Istio", "v1.28.1", {"meshConfig": anything})
    assert [problem.code for problem in found] == ["MR054"] * len(anything)


def test_defaults_of_a_chart_of_1_23_are_checked_as_its_values() -> None:
    given = {"defaults": {"service": {"type": "ClusterIP", "typ": "x"}}}
    (problem,) = check_values("gateway", "1.23.2", given)
    assert (problem.code, problem.path) == ("MR052", ("defaults", "service", "typ"))
    assert "did you mean type?" in problem.message


@pytest.mark.parametrize(("subject", "version"), [("gateway", "1.24.2"), ("Istio", "v1.23.2")])
def test_defaults_are_no_value_of_later_charts_nor_of_sails_api(subject: str, version: str) -> None:
    (problem,) = check_values(subject, version, {"defaults": {"global": {"tag": "x"}}})
    assert (problem.code, problem.path) == ("MR052", ("defaults",))
