"""Are the Helm values that somebody wrote ones that the release knows, and what was meant where not.

check           Are the Helm values that somebody wrote ones that the release knows? Names and types
hints           What a person most likely meant by the path of a value that nobody knows
names           Which Helm values there are, of which type, and which releases read them
release_ranges  Ranges of releases, as the files of values have them
types           The types of Helm values, as Sail's API and the charts' defaults have them
"""
