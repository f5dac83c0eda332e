"""What an API server takes of an object; knows nothing of Istio.

list_keys  Lists whose entries Kubernetes tells apart by a key (`env` by name)
openapi    What Kubernetes publishes of its own kinds
"""
