"""The rules run over a fleet, and what they look at.

run   Lint: every cluster through the rules, and what is left once the fleet's severities and waivers are applied
view  One cluster prepared for the rules of lint: its plan, what it will have, and what the tree held before
"""
