"""What changes in the clusters between two sides of the repository."""
