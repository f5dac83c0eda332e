"""One component, printed as `helm template` of its chart would."""
