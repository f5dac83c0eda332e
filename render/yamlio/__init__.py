"""YAML as text: reading it with places, writing it; knows nothing of Kubernetes."""
