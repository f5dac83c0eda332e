"""What hosts ask for: Argo CD as its plugin, Kustomize as a function."""
