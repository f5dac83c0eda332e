"""Edits of YAML files that people wrote, byte for byte.

block_scalar     YAML inside a block scalar, as in `patch: |`
data_changes     What edits mean for the data of a file
entries          Fields and list items that come, go or change places: as splices of the text
flow_style       Splices in a mapping or list in flow style, `{a
replace_value    One value replaced by another in its place, a scalar or more: as splices of the text
spans            Where each value of a YAML text begins and ends, by characters
style            How a new value is written into a file that has a style already
styled_document  A document as people wrote it
text_edits       Edits of YAML files that people wrote: what no edit means stays as it is, byte for byte
verify           Whether an edited text says what the edits mean and nothing else, by two readers that share no code
whole_documents  Whole documents added to a file, or taken out of it
"""
