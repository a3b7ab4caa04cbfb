"""Reading with learned weights: many forms for a question, each run, the likeliest one told by numbers from examples.

It knows questions and schemas in general, never a particular database: all that is learned are weights of hashed
features that were seen with several databases (see `NOTICE`).
"""
