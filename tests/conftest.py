"""Settings of all tests."""

from __future__ import annotations

import os

from hypothesis import settings

# Python keeps what it has compiled, modules and templates, as it does in CI. A machine that forbids that would have
# each of the many processes that tests start compile all of it again.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# The same examples every time: a test that fails on one machine fails on all, and none fails by chance. To look
# for new examples: pytest --hypothesis-profile=default.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
