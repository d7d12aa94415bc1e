"""The one error of this room."""


class DesignError(ValueError):
    """A design that cannot be made as asked; the message is a sentence for the scientist.

    Attributes:
        message: What is wrong and what would be right.
        loc: Path of the offending entry inside the ``design`` section, such as
            ``("rows", "2", "feed_rate")``; empty when the design as a whole is meant.
    """

    def __init__(self, message: str, loc: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.message = message
        self.loc = loc
