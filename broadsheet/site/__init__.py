"""Digest to pages: values for templates, by kinds of page."""
