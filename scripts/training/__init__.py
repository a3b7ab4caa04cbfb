"""Training of the built-in analyst's weights, from questions with the SQL that answers them."""
