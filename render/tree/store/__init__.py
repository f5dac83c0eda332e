"""The tree on the disk: reading it, and changing it so that a kill at any moment loses nothing."""
