"""What is known to go wrong in upgrades, as data, and whether a fleet meets it.

conditions  The conditions of the hazards' data: what must be true of an object, of values or of the cluster
data        What is known to go wrong between two releases of Istio
detect      Which hazards of a move a cluster's files show, where, and what only a person can answer
facts       What files show of a cluster and of one move in it
operators   How a condition compares a value with its argument: the operators of the hazards' data
paths       Paths of the hazards' data: `object.spec.rules[*].to`, `object.metadata.labels["istio.io/rev"]`
upgrades    The moves from one release to another that a cluster's plan holds
"""
