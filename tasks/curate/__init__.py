"""Curation: two verdicts on each listed paper, each with its reason, the day's trends, and roundups."""
