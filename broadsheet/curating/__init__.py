"""What commands do with the curator's own files."""
