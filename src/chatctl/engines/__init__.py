"""The data under analysis, read only."""
