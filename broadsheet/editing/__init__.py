"""The editor's desk: every editorial decision."""
