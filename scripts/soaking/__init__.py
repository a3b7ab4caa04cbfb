"""The fault tests of the durable jobs: real processes, a scripted analyst, harm, an independent checker."""
