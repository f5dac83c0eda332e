"""The tree on the disk: reading it, and changing it so that a kill at any moment loses nothing.

disk            What is on the disk: a folder's files, a file's bytes, and why it could not be changed
drift           How the tree on the disk differs from what it is to be
fleet_folder    A folder of a fleet: where it lies on the disk, and what its files are called to a person
fsync           What a power cut takes: all that was written and is not on the disk yet
journal         All or nothing
lock            One writer at a time, and nobody sees a change half done
read_inventory  Reading back what the previous tree holds
remove          Taking a revision, or a whole cluster, out of the tree on the disk
staging         Writing a cluster's new files beside the tree, from where they are moved into it
state_folder    The folder beside the tree, where meshrev keeps what is never committed: `<output>/.meshrev/`
unchanged       Knowing that a cluster's tree is as it was left, without reading it
"""
