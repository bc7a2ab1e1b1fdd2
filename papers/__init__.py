"""What flows through the pipeline: models, table columns, settings, the store, the HTTP client.

Nothing here knows of a stage (`tasks/`) or of a flow (`flows/`).
"""
