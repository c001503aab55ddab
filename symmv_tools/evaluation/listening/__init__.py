"""What listening studies say: preferences, ratings, strengths, agreement and power, as pure functions."""
