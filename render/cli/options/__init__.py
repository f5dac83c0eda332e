"""What verbs share of their command lines: options, the fleet that they are about, and how a change ends.

change  What the verbs that commit share: their options, and what they print of what they did
common  Options that several verbs share
fleet   Which fleet a command is about, and what paths on the command line are meant from
"""
