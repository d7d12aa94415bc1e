"""The one error of this room."""


class TwinError(ValueError):
    """A culture was asked for something it cannot be or do; the message is a plain sentence."""
