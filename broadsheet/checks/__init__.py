"""What a curator would want to know of a record, and how it is mended."""
