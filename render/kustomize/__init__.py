"""Files to objects, as Kustomize builds them; knows nothing of Istio."""
