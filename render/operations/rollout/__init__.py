"""Rollouts: an upgrade in waves with gates, whose every step is a commit of specs.

advance          `rollout advance`: the next step of a rollout, if it may be done now
decide           What a rollout does next: from how far it is and what its gates answer
history          When the parts of a rollout reached the branch, from its history
new              `rollout new`: the file of a rollout for this fleet, from a template
path             `rollout path`: over which releases an upgrade goes, with the fewest restarts
progress         How far a rollout is, read from the specs
rollout_file     Edits of the file of a rollout, in which what a person wrote stays as it is; `rollout skip` is one
simulate         A rollout walked ahead of time: which step when, with the answers of gates that a file gives
simulation_file  The file that says what gates answer in a simulation
standing         Where a rollout stands at a commit
status           `rollout status`: waves with how far they are, gates with what they answer, and what comes next
step             A step of a rollout as an operation: one commit of specs and what they render
"""
