"""The tables: one registry of columns, and the Parquet files, index, SQL, check and docs that derive from it."""
