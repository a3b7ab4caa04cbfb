"""The analyst that asks a language model. Nothing heavy is imported before a model is needed."""
