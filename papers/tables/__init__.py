"""The tables: one registry of columns, and the Parquet files, index, SQL, store check and docs based on it."""
