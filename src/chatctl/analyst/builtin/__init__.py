"""The offline analyst: deterministic, without a key, and no row leaves the machine."""

from chatctl.analyst.builtin.answers import answer

__all__ = ["answer"]
