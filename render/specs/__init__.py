"""Kinds and how they are read: YAML with places, the Kustomize subset, schemas, typed specs."""
