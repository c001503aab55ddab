"""Music as V-MusProd's compound events: what can be said, saying it, and understanding whatever is said."""
