"""Prefect's machinery: local and temporary servers, what is set up on a server, shared limits, artifacts."""
