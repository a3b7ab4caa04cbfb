"""What no fork server outlives: importing it."""

raise RuntimeError("this module cannot be imported")
