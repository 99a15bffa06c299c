"""Moving in from another generator: what its site said, and at which addresses."""
