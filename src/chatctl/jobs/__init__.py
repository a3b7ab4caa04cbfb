"""Durable jobs: Huey as a doorbell, the life of a worker, and a process of its own for every attempt."""
