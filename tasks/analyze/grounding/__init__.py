"""Grounding: checks every number against the paper's text, and cuts or flags the numbers that fail."""
