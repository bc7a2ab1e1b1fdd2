"""The stages, one package each: plain functions under thin Prefect tasks."""
