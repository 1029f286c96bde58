"""Changes to MiniStack 1.5.33 that make the local stack behave, and refuse, as AWS does.

One module for each concern; each function changes one thing and says why. They reach into private names,
which is why the launcher refuses any other version of MiniStack: look at every one of them again when
upgrading. What is imitated and what is not stands in docs/LOCAL_STACK.md.
"""

from __future__ import annotations


def apply_all() -> None:
    """Applies every change, in an order in which none hides another."""
    from local.aws import (
        concurrency,
        functions,
        mappings,
        metrics,
        permissions,
        processes,
        queries,
        queues,
        recursion,
        responses,
        state,
        throttling,
        work,
    )

    work.apply()
    processes.apply()
    queries.apply()
    queues.apply()
    functions.apply()
    mappings.apply()
    concurrency.apply()
    recursion.apply()
    permissions.apply()
    responses.apply()
    throttling.apply()
    metrics.apply()
    state.apply()
