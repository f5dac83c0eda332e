"""Objects to files, and files to the disk: layout, YAML, inventory, journal, differences.

files      All files of a cluster's folder, as bytes: the objects, what lists them for Kustomize, and the inventory
inventory  The lines of an `inventory.jsonl`, one JSON object each, and what they say
layout     Where things are in the tree: file names, folder names, and the order in which folders are applied
served     Who serves whom, read back from the files of a cluster's tree
store/     The tree on the disk: reading it, and changing it so that a kill at any moment loses nothing
"""
