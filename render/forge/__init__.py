"""Pull requests on GitHub, GitLab and Gitea (Forgejo too): each a module of five functions over httpx.

`forge_for` opens the configured forge, `open_or_update` makes one pull request be as wanted.
"""
