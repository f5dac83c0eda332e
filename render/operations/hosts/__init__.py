"""What hosts ask for: Argo CD as its plugin, Kustomize as a function.

argocd             What Argo CD's config management plugin is asked for
argocd_parameters  The parameters of an Argo CD Application that uses the plugin: what it may say, and what it said
function_config    What a person writes for Kustomize to call meshrev
kustomize          meshrev as a Kustomize function
kustomize_verify   Whether a build holds what a function should have put there
resource_list      The ResourceList that a Kustomize function reads and prints
tree_objects       One cluster's objects as its committed tree has them
"""
