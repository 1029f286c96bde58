"""Tests against a running local stack, which `make test` starts."""
