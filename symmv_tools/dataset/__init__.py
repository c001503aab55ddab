"""Row to Parquet, and what ships beside it."""
