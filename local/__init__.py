"""The local stack: starting it, deploying into it, testing against it. The entry points are `stack` and `check`."""
