#!/usr/bin/env bash
# `derandomize=True` promises the same examples at every run. They are the same only while the same modules of the project
# are loaded: Hypothesis takes constants from the source of local modules into its strategies, so a test that is run alone
# and the same test behind another file of the suite try different examples.
#
# Expected: examples that depend on the test alone (https://hypothesis.readthedocs.io, settings.derandomize: "seeded using
# a hash of the test function").
# What it costs: a property test that fails in the whole suite passes when it is run alone, and one that guards a string
# of one module guards it by chance. meshrev's tests name such strings by themselves.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check hypothesis==6.150.0 pytest==9.0.2

cat >test_texts.py <<'PY'
import hashlib

from hypothesis import given, settings, strategies

seen = []

@settings(derandomize=True, max_examples=200, database=None)
@given(strategies.text())
def test_any_text(text):
    seen.append(text)

def test_tell():
    digest = hashlib.sha256("\0".join(seen).encode("utf-8", "surrogatepass")).hexdigest()
    print("TOLD", len(seen), "examples", digest[:8], "has the name of the module:", "revision-of-nobody" in seen)
PY
cat >names.py <<'PY'
NAME = "revision-of-nobody"
PY
cat >test_names.py <<'PY'
import names

def test_a_name():
    assert names.NAME
PY

examples() { venv/bin/python -m pytest -q -s -p no:cacheprovider "$@" | sed -n 's/.*TOLD //p'; }
first=$(examples test_texts.py)
again=$(examples test_texts.py)
behind=$(examples test_names.py test_texts.py)
venv/bin/pip list --disable-pip-version-check 2>/dev/null | grep -i '^hypothesis '
printf 'alone:                    %s\nalone, again:             %s\nbehind a test of a module: %s\n' "$first" "$again" "$behind"
case $behind in *"module: True") ;; *) echo "this has changed" >&2; exit 1 ;; esac
[ "$first" = "$again" ] && [ "$first" != "$behind" ] || { echo "this has changed" >&2; exit 1; }
