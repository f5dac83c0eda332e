"""From the plan to Kubernetes objects."""
