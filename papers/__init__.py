"""The code that all stages share: models, table columns, settings, the store and the HTTP client.

Nothing here imports a stage (`tasks/`) or a flow (`flows/`).
"""
