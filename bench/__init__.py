"""Measurements against a running local stack. Nothing here is asserted."""
