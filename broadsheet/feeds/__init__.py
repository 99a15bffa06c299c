"""Digest to feeds."""
