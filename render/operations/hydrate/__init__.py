"""One cluster's tree on a branch of its own.

branch      Hydrated branches: the tree of one cluster on a branch of its own
dry_commit  The dry commit that a hydrated branch is made of, and the commit that it brings, as Argo CD notes them
run         `hydrate`: the tree of one cluster, as a commit of the fleet has it
"""
