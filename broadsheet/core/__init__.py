"""Nouns, and what any text, address or date needs."""
