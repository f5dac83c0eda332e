"""The rules run over a fleet, and what they look at."""
