"""Istio's components from Istio's own charts, rendered by Helm.

component         One component of one release, by its chart
documents         What a template prints, as documents of YAML, and these as objects
helm              Helm, by whichever of two ways it is there
helm_library      Helm's engine in this process: the only module that knows the library (`helm-python-sdk`)
helm_program      The `helm` program of PATH: the only module that starts it
kubernetes_range  Whether a chart is for the Kubernetes of a cluster
schema            Are values what a chart's own `values.schema.json` says? Asked here and not by Helm
"""
