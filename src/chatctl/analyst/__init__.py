"""Analysts: values in, steps and one answer out; they store nothing."""
