"""The only room that opens media, tables and sockets."""
