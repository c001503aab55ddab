"""The pipeline: which stages there are, what is fresh, what would run and why, and running it."""
