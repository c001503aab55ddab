"""A song on a page: its picture, and what is known of it."""
