"""How two objects, or two trees, differ: as a person reads it, with credentials masked."""
