"""The verbs that commit: how each is asked for.

hydrate   `meshrev hydrate`: one cluster's tree on a branch
promote   `meshrev promote`: moves namespaces, gateways, tags and clusters between revisions
retire    `meshrev retire`: removes a revision that nothing uses
rollback  `meshrev rollback`: takes an operation back
rollout   `meshrev rollout`: an upgrade in waves with gates
tidy      `meshrev tidy`: folds patches that promoting added back into what they patch
"""
