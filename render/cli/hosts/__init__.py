"""The verbs that hosts call: Argo CD as its plugin, Kustomize as a function.

cmp  `meshrev cmp`: the two commands of Argo CD's config management plugin
krm  `meshrev krm`: meshrev as a Kustomize function
"""
