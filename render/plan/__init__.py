"""Pure functions from specs and inventory to who serves whom."""
