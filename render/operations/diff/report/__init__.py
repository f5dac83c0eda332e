"""A comparison as text, Markdown and JSON.

as_json       A comparison for a program: what is the same in several clusters once, with the names of all of them
as_markdown   A comparison for a pull request
as_text       A comparison for the terminal
groups        What is the same in many clusters, said once with the clusters that it is true of
hazard_words  The hazards of a comparison in words
words         How a comparison is put into words, for a terminal as for a pull request
"""
