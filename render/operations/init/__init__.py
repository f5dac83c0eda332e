"""The first files of a fleet, and its first tree.

files  What a new fleet is made of: paths and texts, from a few answers
run    `meshrev init`: the files of a new fleet, written where none are, and rendered
"""
