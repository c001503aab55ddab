"""Rows in other people's formats, and back; docs/how-to/load-and-convert.md says what each cannot hold."""
