"""Scores: pure functions first, then the runners that read exports."""
