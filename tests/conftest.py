"""Settings of all tests."""

from __future__ import annotations

from hypothesis import settings

# The same examples every time: a test that fails on one machine fails on all, and none fails by chance. To look
# for new examples: pytest --hypothesis-profile=default.
settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")
