"""Git: history of the fleet repo."""
