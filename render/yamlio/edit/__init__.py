"""Edits of YAML files that people wrote, byte for byte.

changes     What edits mean for the data of a file: single changes, in the order in which the text takes them best
document    A document as people wrote it
documents   Whole documents added to a file, or taken out of it
entries     Fields and list items that come, go or change places: as splices of the text
file        Edits of YAML files that people wrote: what no edit means stays as it is, byte for byte
flow_style  Splices in a mapping or list in flow style, `{a
inline      YAML inside a block scalar, as in `patch: |`
spans       Where each value of a YAML text begins and ends, by characters
style       How a new value is written into a file that has a style already: its indentation, quotes and line breaks
values      A value by another one, in its place: as splices of the text
verify      Whether an edited text says what the edits mean and nothing else, by two readers that share no code
"""
