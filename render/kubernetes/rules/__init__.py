"""What Kubernetes' validation says of its own types, besides their OpenAPI.

Source: Kubernetes' API reference and documentation, and what an API server of 1.34 refuses (the table in
`tests/kubernetes/refusals.jsonl`).

access       Roles and bindings, and the contents of ConfigMaps and Secrets
admission    Webhooks of admission: whom they ask, about what, and how
autoscaling  Horizontal autoscalers: bounds, metrics, behaviour
containers   Containers: names, images, ports, mounts, security
ingress      Ingresses and their classes
metadata     Names, labels, annotations, and selectors of labels
networking   Services, their endpoints, and network policies
pods         Pods as a whole
probes       How containers are asked whether they live, and what they do at their start and end
quotas       What namespaces may use: quotas, and limits of ranges
registry     Which rules hold for which type of Kubernetes' OpenAPI
resources    How much of what containers ask for, and may use
scheduling   Where pods run: tolerations, affinity, spread
storage      Claims of volumes, classes of storage, and the sources of volumes from outside of the cluster
variables    What containers are told: environment variables, and fields of the pod as variables or files
volumes      Volumes: one source each, and what their sources ask
workloads    Workloads, which make pods, and how many of these may be away
"""
