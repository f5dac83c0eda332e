"""What changes in the clusters between two sides of the repository.

folder    One cluster's folder on both sides: which files are compared, and what their differences come to
hazards   The known hazards of the moves to other releases that a comparison holds, by the specs of its later side
model     What a comparison of two trees comes to, as data
objects   Objects by their blobs, compared each pair once, whichever clusters have it
observed  How many pods still run what they had before a change, by what was observed in their clusters
report/   A comparison as text, Markdown and JSON
run       What changes in the clusters between two revisions of a fleet's repository, or up to the working tree
sides     The trees of both sides of a comparison: where each side keeps its output, and which folders of it differ
source    What changes in the clusters when their manifests come from another source
"""
