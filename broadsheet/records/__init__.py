"""What a curator writes, parsed."""
