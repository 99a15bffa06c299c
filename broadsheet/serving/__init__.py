"""A site in memory that follows its files."""
