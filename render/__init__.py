"""meshrev: Istio revisions rendered from a git repository, promoted by commits."""
