"""Are the Helm values that somebody wrote ones that the release knows, and what was meant where not.

check  Are the Helm values that somebody wrote ones that the release knows? Names and types; nothing here renders
hints  What a person most likely meant by the path of a value that nobody knows, or that a release does not read
names  Which Helm values there are, of which type, and which releases read them
types  The types of Helm values, as Sail's API and the charts' defaults have them, and what to say of a wrong one
"""
