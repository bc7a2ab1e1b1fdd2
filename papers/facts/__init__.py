"""Facts: what happened to a date. Each is written once, the moment it happens, and never changed.

Views (`papers.tables`, editions, site) are derived from facts, and can be deleted and made again.
"""
