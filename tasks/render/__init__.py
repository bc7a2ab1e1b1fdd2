"""Rendering: the editions of a day and roundups, in Markdown and HTML."""
