"""The control desk: how a person's orders reach an engine that runs in another process."""
