"""What changes in the clusters between two sides of the repository.

cluster_diff    What the differences of all files of a cluster's folder come to: parts, moves, restarts
compared_files  A folder that differs: its files on both sides, and which of them are compared with which
counterparts    What is compared with what
hazards         The known hazards of the moves to other releases that a comparison holds
model           What a comparison of two trees comes to, as data
objects         Objects by their blobs, compared each pair once, whichever clusters have it
observed        How many pods still run what they had before a change, by what was observed in their clusters
report/         A comparison as text, Markdown and JSON
run             What changes in the clusters between two revisions of a fleet's repository
sides           The trees of both sides of a comparison
source          What changes in the clusters when their manifests come from another source
"""
