"""How two objects, or two trees, differ: as a person reads it, with credentials masked.

embedded        YAML and JSON inside a text
list_items      Which item of a list is which of the list that it became
masking         Hiding what looks like a credential: in a diff or a report nobody should read a password
objects         How two objects differ, as data: paths with what was there before and after
proxy_settings  Which changes of a revision's ConfigMaps reach a running pod only when the pod is made anew
"""
