"""The check of every number against the text of the paper, and what becomes of a number that fails it."""
