"""What is wrong with a plan or its manifests, or worth knowing before they are merged."""
