"""Quality of symbolic music: every metric of the field, each under a name that says its definition."""
