"""What a kustomization changes in objects: patches, common fields, and references that follow a namespace.

apply_patch      Patches applied, each to the objects that it is for
common_fields    Namespace, labels and annotations of a kustomization
json_patch       JSON patches (RFC 6902), as Kustomize applies them
name_references  References to objects whose namespace has changed
patch_errors     What can come of a patch besides a changed object: an error, or a part without effect
patch_lists      The lists and `$patch` directives of a strategic merge patch
patches          The patches of a kustomization, read: strategic merge patches and JSON patches
strategic_merge  Strategic merge patches, as Kustomize 5.8 applies them
"""
