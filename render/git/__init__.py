"""The git program: how it is called, and what commits, trees and branches hold.

branches         Bringing a commit to the branch that it is for, locally or at a remote
commit           The tree of a commit with some files changed: just the folders that lead to them are written anew
commit_reader    The files of a commit as specs are read, without checking anything out
environment      What of git's settings and variables holds where meshrev starts git
head             The commit that is checked out
index            What git's index holds: that is what the next commit will hold, whatever lies in the work tree
lock             One process at a time, where two in the same repository would be in each other's way
log              Commits of the branch as git tells them: their messages, and which files each of them changed
process          The git program: the one door through which it is started, and what its failures mean
three_way_merge  Files as they were before a commit, with what others changed since kept
trees            The files of a git revision or of the working tree, by their blob ids
worktree         Some files of a commit in a folder of their own, where they can be changed and committed
"""
