"""Engines: where shards of songs run."""
