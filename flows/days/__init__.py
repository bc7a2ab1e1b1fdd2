"""Plain functions over a date's snapshots and editions, without Prefect."""
