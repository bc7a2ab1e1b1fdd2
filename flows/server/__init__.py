"""Prefect infrastructure: local and temporary servers, their set-up, shared limits, deployed runs, artifacts."""
