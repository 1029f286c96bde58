"""Recursive-loop detection, which stops a chain of invocations after sixteen.

AWS counts, in the trace header that the SDKs pass on, how often each function ran in the same chain of
requests, through Lambda, SQS and S3. It stops the seventeenth invocation of a function unless the function
is configured with `RecursiveLoop: Allow`. For a message of a queue that is a failed receive: the message comes
back by its visibility time-out, and ends in the dead-letter queue after `maxReceiveCount`. A chain that passes
a table, a rule or a schedule begins anew there.

https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack.services import s3, sqs

from local.aws import provisioning

Record = dict[str, Any]

received: ContextVar[str | None] = ContextVar("received_trace", default=None)
"""The trace header of the HTTP request that is being answered."""

leading: ContextVar[tuple[str, ...]] = ContextVar("leading_traces", default=())
"""The trace headers of what invokes a function: of an Invoke request, or of a batch of messages."""

current: ContextVar[str | None] = ContextVar("current_trace", default=None)
"""The trace header that the function which is being started gets."""


@dataclass(frozen=True)
class Trace:
    """A trace header's chain: its root, and how often each function has run in it."""

    root: str
    lineage: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def of(cls, headers: Iterable[str]) -> Trace:
        """The chain that the headers lead to: of several, as in a batch, the highest count of each function."""
        root, lineage = "", dict[str, int]()
        for header in headers:
            parts = dict(part.split("=", 1) for part in header.split(";") if "=" in part)
            root = root or parts.get("Root", "")
            for name, count in _counts(parts.get("Lineage", "")):
                lineage[name] = max(lineage.get(name, 0), count)
        return cls(root or f"1-{int(time.time()):08x}-{os.urandom(12).hex()}", lineage)

    def through(self, function_arn: str) -> Trace:
        """The chain with one more invocation of a function."""
        return Trace(self.root, {**self.lineage, _hash(function_arn): self.count(function_arn) + 1})

    def count(self, function_arn: str) -> int:
        """How often the function has run in the chain."""
        return self.lineage.get(_hash(function_arn), 0)

    def header(self) -> str:
        """The header, as Lambda gives it to a function in `_X_AMZN_TRACE_ID`."""
        lineage = "|".join(f"{name}:{count}" for name, count in self.lineage.items())
        return f"Root={self.root};Parent={os.urandom(8).hex()};Sampled=0;Lineage={lineage}"


def apply() -> None:
    """Applies the changes of this module."""
    keep_trace_of_messages()
    keep_trace_of_object_events()
    lead_from_batches()
    lead_from_invocations()
    count_invocations()
    deploy_the_setting()


def keep_trace_of_messages() -> None:
    """SQS keeps the request's trace header as the message's `AWSTraceHeader`, without being asked to.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-message-metadata.html
    """
    build = sqs._build_send_sys_attrs

    def with_trace(now: float, given: Record) -> Record:
        attributes: Record = build(now, given)
        header = received.get()
        return {"AWSTraceHeader": header, **attributes} if header else attributes

    sqs._build_send_sys_attrs = with_trace


def keep_trace_of_object_events() -> None:
    """The event of an object that a function stored belongs to the function's chain; S3 is part of the detection."""
    deliver = s3._deliver_event_to_sqs

    def with_trace(arn: str, payload: Record, *args: Any, **kwargs: Any) -> None:
        deliver(arn, payload, *args, **kwargs)
        header, queue = received.get(), sqs._queue_by_arn(arn)
        if header and queue and queue["messages"] and queue["messages"][-1]["body"] == json.dumps(payload):
            queue["messages"][-1]["sys"]["AWSTraceHeader"] = header

    s3._deliver_event_to_sqs = with_trace


def lead_from_batches() -> None:
    """A batch continues the chains of its messages."""
    run = lambdas._run_sqs_batch

    def run_in_chain(mapping: Record, function: Record, event: Record, *rest: Any) -> None:
        headers = (record["attributes"].get("AWSTraceHeader") for record in event["Records"])
        token = leading.set(tuple(filter(None, headers)))
        try:
            run(mapping, function, event, *rest)
        finally:
            leading.reset(token)

    lambdas._run_sqs_batch = run_in_chain


def lead_from_invocations() -> None:
    """An Invoke request continues its caller's chain, and is refused with status 400 when that is too long."""
    invoke = lambdas._invoke

    async def invoke_in_chain(name: str, event: Any, headers: Record, *args: Any, **kwargs: Any) -> Any:
        token = leading.set(tuple(filter(None, [received.get()])))
        try:
            function = lambdas._functions.get(name)
            refused = function and refusal(function["config"])
            return refused or await invoke(name, event, headers, *args, **kwargs)
        finally:
            leading.reset(token)

    lambdas._invoke = invoke_in_chain


def count_invocations() -> None:
    """Every invocation counts, and its function sees the chain in `_X_AMZN_TRACE_ID`."""
    execute, trace_id = lambdas._execute_function_dispatch, lambdas._xray_trace_id_for_invocation

    def execute_in_chain(function: Record, config: Record, *rest: Any) -> Record:
        refused = refusal(config)
        if refused:
            error = json.loads(refused[2])
            return {"error": True, "body": {"errorType": error["__type"], "errorMessage": error["message"]}, "log": ""}
        token = current.set(Trace.of(leading.get()).through(config["FunctionArn"]).header())
        try:
            result: Record = execute(function, config, *rest)
            return result
        finally:
            current.reset(token)

    lambdas._execute_function_dispatch = execute_in_chain
    lambdas._xray_trace_id_for_invocation = lambda config, inbound=None: current.get() or trace_id(config, inbound)


def refusal(config: Record) -> Any:
    """Lambda's answer to an invocation that is one too many, or nothing."""
    name = config["FunctionName"]
    hops = Trace.of(leading.get()).count(config["FunctionArn"]) + 1
    return lambdas._recursive_loop_drop(name, lambdas._functions.get(name) or {}, hops)


def deploy_the_setting() -> None:
    """CloudFormation's `RecursiveLoop` of a function, which MiniStack leaves out."""

    def configure(function: Record, properties: Record) -> None:
        function["recursive_loop"] = properties.get("RecursiveLoop", "Terminate")

    provisioning.after_function(configure)


def _counts(lineage: str) -> Iterable[tuple[str, int]]:
    for pair in lineage.split("|"):
        name, _, count = pair.rpartition(":")
        if name and count.isdigit():
            yield name, int(count)


def _hash(function_arn: str) -> str:
    unqualified = ":".join(function_arn.split(":")[:7])
    return hashlib.sha256(unqualified.encode()).hexdigest()[:8]
