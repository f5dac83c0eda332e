"""The verbs that commit: promote, roll back, retire, tidy.

ambient_rules    What it takes to move a namespace from sidecars to the ambient mesh and back, one commit a step
commit_message   What a commit of an operation says: what, from, to, how many; what to restart
host_steps       What a person does in the clusters once a commit that takes something back, or a cluster away
last_use         When clusters stopped using a revision, by what the branch's own commits changed in their trees
layer7_policies  Which policies need a proxy that reads requests
new_objects      Where a new object of specs goes
operation        What an operation is: a verb that edits specs, what it edits, and the commit that comes of it
promote          `promote` as an operation: wishes for specs, where they go, and what is restarted by an annotation
promotion_rules  What promoting edits
pull_request     From a commit to its pull request
push             From a commit to the branch that it is for
retire           `retire` as an operation
retire_rules     May a revision go? The answer for each cluster that has it, and what to do where it may not
rollback         `rollback` as an operation
selection        Which clusters, and which of their namespaces, an operation is for
spec_edits       Where an edit of specs goes
strategy_rules   What it takes to update an Istio in another way from now on
tidy             `tidy` as an operation
trailers         What meshrev did to a fleet, read back from the trailers of its commits
transaction      One operation from its edit of specs to its commit
"""
