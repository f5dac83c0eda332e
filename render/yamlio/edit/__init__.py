"""Edits of YAML files that people wrote, byte for byte."""
