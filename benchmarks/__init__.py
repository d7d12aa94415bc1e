"""Ours and the peers measured in the same run, on the same machine."""
