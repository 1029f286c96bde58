"""The parts of `ops/aws_check.py`."""
