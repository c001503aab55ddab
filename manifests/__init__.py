"""Data reviewed in git, no logic: songs, splits, pipelines, training presets, requirements, checkpoints."""
