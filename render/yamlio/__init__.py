"""YAML as text: reading it with places, writing it; knows nothing of Kubernetes.

complaints  What is wrong in a text of YAML, and libyaml's complaints in words that say what to look for
documents   YAML text to documents
edit/       Edits of YAML files that people wrote, byte for byte
frames      Mappings, lists and anchors of a text of YAML while it is read, and where nothing is written in them
location    Where in the files something was written, and what is at a place in their data
positions   Lines and columns of values, found by composing a text again: done only for what is reported
read        YAML text to plain data in one pass over libyaml's events, with everything that is wrong on the way
read_json   JSON text to plain data, within bounds: what is larger, deeper or longer than any real input is refused
scalars     What an unquoted YAML word means, as Kustomize's YAML library reads it (Kustomize 4.5.4
write       An object's JSON text to the bytes of its YAML file; equal objects, of whichever cluster, are made once
"""
