"""The rules run over a fleet, and what they look at.

clusters  What lint finds in each cluster by itself: in its specs, its plan and its objects
run       Lint: every cluster through the rules
view      One cluster prepared for the rules of lint: its plan, what it will have, and what the tree held before
"""
