"""Objects to files, and files to the disk: layout, YAML, inventory, journal, differences."""
