"""The night before the night: what will be asked for when, and whether one arm can do it."""
