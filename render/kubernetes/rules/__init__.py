"""What Kubernetes' validation says of its own types, besides their OpenAPI.

Source: Kubernetes' API reference and documentation, and what an API server of 1.34 refuses (the table in
`tests/kubernetes/refusals.jsonl`).

access       Roles and bindings, and the contents of ConfigMaps, Secrets and quotas
admission    Webhooks of admission: whom they ask, about what, and how
autoscaling  Horizontal autoscalers: bounds, metrics, behaviour
containers   Containers: ports, variables, mounts, probes, resources, security
metadata     Names, labels, annotations, and selectors of labels
networking   Services, their endpoints, and network policies
pods         Pods as a whole, and the workloads that make them
registry     Which rules hold for which type of Kubernetes' OpenAPI
scheduling   Where pods run: tolerations, affinity, spread
volumes      Volumes: one source each, and what their sources ask
"""
