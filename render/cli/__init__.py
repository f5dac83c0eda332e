"""The command line: one file a verb; arguments, printing, exit code."""
