"""The only door to the network, and what was found there."""
