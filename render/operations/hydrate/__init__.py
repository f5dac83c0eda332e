"""One cluster's tree on a branch of its own."""
