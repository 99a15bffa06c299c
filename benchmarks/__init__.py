"""The benchmark: a generator of records, the same site for Hugo, and a runner that measures both."""
