"""What an export holds, counted and drawn on one page."""
