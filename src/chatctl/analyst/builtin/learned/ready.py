"""The weights, read when this is imported: by the server that attempts are forked from, so that all share them."""

from chatctl.analyst.builtin.learned import models, readings, vectors

__all__ = ["readings"]

models.load()
vectors.load()
