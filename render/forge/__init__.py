"""Pull requests on GitHub, GitLab and Gitea (Forgejo too): each a module of five functions over httpx.

`forge_for` opens the configured forge, `open_or_update` makes one pull request be as wanted.

address      Where a repository is on a forge, from the URL of its git remote: https, ssh and the short form of scp
connection   Requests to a forge's API: what is tried again, what is waited for, and what each refusal means
forge        The configured forge, opened for one repository, and the one pull request that is wanted on it
gitea        Gitea and Forgejo: https://docs.gitea.com/api, https://codeberg.org/api/swagger
github       GitHub, github.com as well as Enterprise: https://docs.github.com/rest/pulls/pulls
gitlab       GitLab, gitlab.com as well as one's own: https://docs.gitlab.com/api/merge_requests/
rate_limits  How long a forge asks to be left alone: its rate limits, from the headers of a refusal
shared       What all backends judge alike: what a text or a label is missing, and whether to merge
token        The token for a forge, from the environment only: never from a file or an argument, never shown
types        What goes to a forge and what comes back: the same for GitHub, GitLab and Gitea
"""
