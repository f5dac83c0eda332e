"""Which revision injects a pod, and why."""
