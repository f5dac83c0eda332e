"""The objects of an IstioOperator: charts, Kubernetes' settings of each component, overlays.

bundles   What an IstioOperator of a fleet adds to a cluster's folders
objects   What `istioctl manifest generate` prints for an IstioOperator, without CustomResourceDefinitions
overlays  `k8s.overlays`: edits of single objects by a path such as ...
settings  `k8s` settings of a component: strategic merge patches of its objects, as istioctl makes them
"""
