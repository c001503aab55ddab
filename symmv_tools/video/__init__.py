"""What symmv knows about pictures: frames in, arrays out. Opens no file, knows no store."""
