"""What is known to go wrong in upgrades, as data, and whether a fleet meets it."""
