"""The kind RevisionRollout: an upgrade of the fleet in waves with gates, as people write it below `rollouts/`.

build  A RevisionRollout that satisfies its schema as the dataclass of `kinds.py`
kinds  A rollout as data: waves, gates, and when nothing may happen; defaults are filled in
read   The rollouts of a fleet: the files below `rollouts/`
rules  Rules of a RevisionRollout that its schema cannot say
"""
