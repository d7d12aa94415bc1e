"""What this room says when a table cannot be analysed."""


class ModelError(ValueError):
    """A table, a term or a goal that no response model can be fitted to.

    The text is a plain sentence for the scientist who owns the table.
    """
