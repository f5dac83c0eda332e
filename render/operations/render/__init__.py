"""From specs to the committed tree: what `render` and `check` do."""
