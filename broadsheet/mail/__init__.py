"""Editions as mails."""
