"""The plan of a whole site, and pages to bytes."""
