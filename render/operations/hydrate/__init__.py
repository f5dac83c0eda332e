"""One cluster's tree on a branch of its own.

branch  Hydrated branches: the tree of one cluster on a branch of its own, as Argo CD's source hydrator leaves it
run     `hydrate`: the tree of one cluster, as a commit of the fleet has it
"""
