"""A comparison as text, Markdown and JSON."""
