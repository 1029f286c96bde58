"""Concurrency of the account, which all functions share, and the part that some have reserved.

What a function has reserved is taken from the account's, and what is left is for all the others. An execution
too many is refused: 429 to a caller; a batch stays where it is, invisible, and has been received once more.

https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html
https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
"""

from __future__ import annotations

import os
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.core.responses import error_response_json

from local.aws import provisioning

Record = dict[str, Any]

UNRESERVED_MINIMUM = 100
"""So much of the account's concurrency stays without reservation, or all of it in a smaller account."""


def apply() -> None:
    """Applies the changes of this module."""
    if limit():
        lambdas._acquire_execution_slot = acquire
    keep_some_unreserved()
    provisioning.after_function(reserve)


def acquire(function: Record, config: Record) -> tuple[str | None, str | None]:
    """Takes one execution for a function; or says which limit, the function's or the account's, leaves none."""
    key, reserved = lambdas._inflight_key(config), reservation(function)
    with lambdas._inflight_lock:
        if reserved is not None:
            if lambdas._inflight.get(key, 0) >= reserved:
                return None, "function"
        elif unreserved_in_flight() >= limit() - sum(reservations().values()):
            return None, "account"
        lambdas._inflight[key] = lambdas._inflight.get(key, 0) + 1
        lambdas._inflight_total += 1
    return key, None


def limit() -> int:
    """The account's concurrency; nought when none was given. Then only the memory of the machine is a limit."""
    return int(os.environ.get("LAMBDA_ACCOUNT_CONCURRENCY", "0"))


def reservation(function: Record) -> int | None:
    """What a function has reserved."""
    reserved: int | None = lambdas._reserved_concurrency(function, function.get("config") or {})
    return reserved


def reservations() -> dict[str, int]:
    """What each function of the account has reserved, by the key that its executions are counted under."""
    found = {}
    for function in lambdas._functions.values():
        reserved = reservation(function)
        if reserved is not None:
            found[lambdas._inflight_key(function["config"])] = reserved
    return found


def unreserved_in_flight() -> int:
    """Executions of functions that have reserved nothing."""
    apart = reservations()
    return sum(count for key, count in lambdas._inflight.items() if key not in apart)


def keep_some_unreserved() -> None:
    """Refuses a reservation that would leave less than 100 for all the others.

    https://docs.aws.amazon.com/lambda/latest/dg/API_PutFunctionConcurrency.html
    """
    put = lambdas._put_function_concurrency

    def put_checked(name: str, data: Record) -> Any:
        function = lambdas._functions.get(name)
        wanted = int(data.get("ReservedConcurrentExecutions", 0))
        reason = problem(function, wanted) if function else None
        return error_response_json("InvalidParameterValueException", reason, 400) if reason else put(name, data)

    lambdas._put_function_concurrency = put_checked


def reserve(function: Record, properties: Record) -> None:
    """CloudFormation's `ReservedConcurrentExecutions` of a function, which MiniStack leaves out."""
    wanted = properties.get("ReservedConcurrentExecutions")
    reason = None if wanted is None else problem(function, int(wanted))
    if reason:
        raise ValueError(reason)
    function["concurrency"] = None if wanted is None else int(wanted)


def problem(function: Record, wanted: int) -> str | None:
    """What Lambda has against a reservation, or nothing. Without a limit of the account nothing is counted."""
    least = min(UNRESERVED_MINIMUM, limit())
    others = sum(reservations().values()) - (reservation(function) or 0)
    if not limit() or wanted == 0 or limit() - others - wanted >= least:
        return None
    return (
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
        f"below its minimum value of [{least}]."
    )
