"""Event source mappings of queues: what Lambda refuses to set up, and the rights with which it takes messages.

https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
"""

from __future__ import annotations

import time
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack import app
from ministack.core.responses import error_response_json
from ministack.services import sqs

from local.aws import permissions, provisioning

Record = dict[str, Any]

ACTIONS = ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
"""What a function's role must allow, for Lambda takes messages in the role's name."""

LARGEST_FIFO_BATCH = 10
KNOWN_SECONDS = 1.0
"""So long a role is known to have its rights. Lambda, too, notices a change within a while."""


def apply() -> None:
    """Applies the changes of this module, after the number of batches at a time has its own."""
    check_mappings()
    take_messages_by_right()


def check_mappings() -> None:
    """Refuses a mapping as CreateEventSourceMapping does, from the API and from a template.

    https://docs.aws.amazon.com/lambda/latest/dg/API_CreateEventSourceMapping.html
    """
    create = lambdas._create_esm

    def create_checked(data: Record) -> Any:
        reason = problem(data)
        return error_response_json("InvalidParameterValueException", reason, 400) if reason else create(data)

    def check(properties: Record) -> None:
        scaling = properties.get("ScalingConfig") or {}
        if str(scaling.get("MaximumConcurrency", "")).isdecimal():
            # CloudFormation makes a number of what a parameter says.
            scaling["MaximumConcurrency"] = int(scaling["MaximumConcurrency"])
        refused = lambdas._validate_scaling_config(properties, properties.get("EventSourceArn", ""))
        reason = refused[2].decode() if refused else problem(properties)
        if reason:
            raise ValueError(reason)

    lambdas._create_esm = create_checked
    provisioning.before("AWS::Lambda::EventSourceMapping", check)


def problem(mapping: Record) -> str | None:
    """What Lambda has against a mapping of a queue, or nothing."""
    arn = str(mapping.get("EventSourceArn", ""))
    queue = sqs._queue_by_arn(arn) if ":sqs:" in arn else None
    name, qualifier = lambdas._resolve_request_scoped_name_and_qualifier(str(mapping.get("FunctionName", "")))
    _, config = lambdas._get_func_record_for_qualifier(name, qualifier)
    if queue is None or config is None:
        return None
    visibility, timeout = int(queue["attributes"]["VisibilityTimeout"]), int(config.get("Timeout", 3))
    if visibility < timeout:
        return f"Queue visibility timeout: {visibility} seconds is less than Function timeout: {timeout} seconds"
    size, window = int(mapping.get("BatchSize", 10)), int(mapping.get("MaximumBatchingWindowInSeconds") or 0)
    if queue["is_fifo"] and (window or size > LARGEST_FIFO_BATCH):
        return "A FIFO queue has batches of up to 10 messages, and no batching window."
    if size > LARGEST_FIFO_BATCH and not window:
        return "Maximum batch window in seconds must be greater than 0 if maximum batch size is greater than 10"
    missing = permissions.missing(config["Role"], ACTIONS, arn)
    if missing:
        return f"The provided execution role does not have permissions to call {missing.split(':')[1]} on SQS"
    return None


def take_messages_by_right() -> None:
    """A mapping whose function's role has lost its rights takes nothing from the queue.

    https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html#events-sqs-permissions
    """
    concurrency = lambdas._sqs_esm_concurrency
    known: dict[str, float] = {}

    def concurrency_by_right(mapping: Record, function: Record, config: Record, queue: Record | None = None) -> int:
        if known.get(mapping["UUID"], 0.0) < time.monotonic():
            missing = permissions.missing(config["Role"], ACTIONS, mapping["EventSourceArn"])
            if missing:
                report(mapping, missing)
                return 0
            known[mapping["UUID"]] = time.monotonic() + KNOWN_SECONDS
        allowed: int = concurrency(mapping, function, config, queue)
        return allowed

    lambdas._sqs_esm_concurrency = concurrency_by_right


def report(mapping: Record, missing: str) -> None:
    """Says in the mapping, and once in the log, which right is missing."""
    result = f"PROBLEM: AccessDenied: the function's role does not allow {missing} on {mapping['EventSourceArn']}"
    if mapping.get("LastProcessingResult") != result:
        mapping["LastProcessingResult"] = result
        app.logger.warning("mapping of %s: %s", mapping["FunctionName"], result)
