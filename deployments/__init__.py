"""Profiles, work pools and templates: how and where the flows run."""
