"""Measurements: speed as ratios within one run, and how right the built-in analyst is."""
