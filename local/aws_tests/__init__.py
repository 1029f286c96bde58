"""Tests of the local AWS: what it refuses, over HTTP, against the very launcher that `make run` starts."""
