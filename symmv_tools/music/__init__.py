"""Arrays in, arrays out: what symmv knows about music. Opens no file, knows no store."""
