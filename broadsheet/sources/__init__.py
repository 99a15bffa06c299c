"""What others' sites say."""
