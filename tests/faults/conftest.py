from __future__ import annotations

from tests.support.fixtures import server, settings_of_git, template

__all__ = ["server", "settings_of_git", "template"]
