"""IAM: each function calls with the credentials of its own role, and services only where a policy lets them.

MiniStack evaluates policies when its `AUTH` is on, which `process.py` sets. The access key `test` with the secret
`test` is the account's administrator; requests without a signature are refused, and wrong signatures, too.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import ministack.services.lambda_svc as lambdas
from ministack import app
from ministack.core import iam_actions, iam_evaluator
from ministack.core.responses import get_account_id, get_region
from ministack.services import apigateway, eventbridge, secretsmanager
from ministack.services.cloudformation import provisioners

Record = dict[str, Any]


def apply() -> None:
    """Applies the changes of this module."""
    check_the_administrator_s_signature()
    allow_batches_by_the_right_of_one()
    treat_loopback_as_tls()
    refer_to_secrets_by_arn()
    invoke_from_the_api_by_right()
    invoke_from_rules_by_right()


def check_the_administrator_s_signature() -> None:
    """MiniStack takes any signature of the administrator's key.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html
    """
    iam_evaluator._is_root_key = lambda _key: False  # asked only for whom no signature is to be checked


def allow_batches_by_the_right_of_one() -> None:
    """A batch of SQS needs the right of the single action: a policy names `sqs:SendMessage`, and no `SendMessageBatch`.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-api-permissions-reference.html
    """
    extract = iam_actions.extract_iam_action

    def extract_single(service: str, *args: Any, **kwargs: Any) -> Any:
        action = extract(service, *args, **kwargs)
        return action.removesuffix("Batch") if service == "sqs" and isinstance(action, str) else action

    iam_actions.extract_iam_action = extract_single


def treat_loopback_as_tls() -> None:
    """There is no TLS on this machine's loopback; a policy that asks for it (`aws:SecureTransport`) takes it as that.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html
    """
    pin = iam_evaluator.pin_request_origin
    app.pin_request_origin = lambda address, _secure: pin(address, True)


def refer_to_secrets_by_arn() -> None:
    """CloudFormation's `Ref` of a secret is its ARN; MiniStack's is its name, which no policy of a role matches.

    https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-secretsmanager-secret.html
    """
    handler = provisioners._RESOURCE_HANDLERS["AWS::SecretsManager::Secret"]
    create, update, delete = handler["create"], handler["update"], handler["delete"]

    def name_of(physical_id: str) -> str:
        found = (name for name, secret in secretsmanager._secrets.items() if secret["ARN"] == physical_id)
        return next(found, physical_id)

    def create_with_arn(*args: Any) -> Any:
        _, attributes = create(*args)
        return attributes["Arn"], attributes

    def update_with_arn(physical_id: str, *args: Any, **kwargs: Any) -> Any:
        _, attributes = update(name_of(physical_id), *args, **kwargs)
        return attributes["Arn"], attributes

    def delete_by_arn(physical_id: str, properties: Record) -> Any:
        return delete(name_of(physical_id), properties)

    handler.update({"create": create_with_arn, "update": update_with_arn, "delete": delete_by_arn})


def invoke_from_the_api_by_right() -> None:
    """An HTTP API invokes a function only if the function's policy lets it; else the caller sees status 500.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    invoke = apigateway._invoke_lambda_proxy

    async def invoke_by_right(
        integration: Record, api: str, stage: str, path: str, method: str, *args: Any, **kwargs: Any
    ) -> Any:
        reference = apigateway._extract_lambda_ref_from_integration_uri(integration.get("integrationUri", ""))
        source = f"arn:aws:execute-api:{get_region()}:{get_account_id()}:{api}/{stage}/{method}{path}"
        if not may_invoke(reference, "apigateway.amazonaws.com", source):
            return 500, {"Content-Type": "application/json"}, json.dumps({"message": "Internal Server Error"}).encode()
        return await invoke(integration, api, stage, path, method, *args, **kwargs)

    apigateway._invoke_lambda_proxy = invoke_by_right


def invoke_from_rules_by_right() -> None:
    """A rule of EventBridge invokes a function only if the function's policy lets EventBridge.

    Which rule it is does not reach this place, so a policy's `aws:SourceArn` is taken as met.
    https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
    """
    dispatch = eventbridge._dispatch_to_lambda

    def dispatch_by_right(arn: str, payload: Any) -> None:
        if may_invoke(arn, "events.amazonaws.com", None):
            dispatch(arn, payload)

    eventbridge._dispatch_to_lambda = dispatch_by_right


def may_invoke(reference: str, service: str, source: str | None) -> bool:
    """Whether a function's own policy lets a service invoke it, in the name of the source."""
    function, config, _ = lambdas._get_func_record_for_ref(reference)
    if not function or not config:
        return True  # which MiniStack answers in its own words
    statements = [_met(statement) if source is None else statement for statement in function["policy"]["Statement"]]
    context = iam_evaluator.EvalContext(
        principal_arn="*",
        principal_type="Service",
        principal_account="",
        action="lambda:InvokeFunction",
        resource_arn=config["FunctionArn"],
        region=get_region(),
        service_context={"aws:sourcearn": source, "aws:sourceaccount": get_account_id()},
    )
    result = iam_evaluator.evaluate_resource_policy({"Statement": statements}, context, service=service)
    if result.decision != "Allow":
        app.logger.warning(
            "AccessDenied: the policy of %s does not let %s invoke it from %s", config["FunctionName"], service, source
        )
    return bool(result.decision == "Allow")


def missing(role_arn: str, actions: Iterable[str], resource_arn: str) -> str | None:
    """The first of the actions on the resource that a role does not allow."""
    account = role_arn.split(":")[4]
    policies = iam_evaluator._gather_role_policies(role_arn.rsplit("/", 1)[-1], account)
    for action in actions:
        context = iam_evaluator.EvalContext(
            principal_arn=role_arn,
            principal_type="AssumedRole",
            principal_account=account,
            action=action,
            resource_arn=resource_arn,
            region=get_region(),
        )
        if iam_evaluator.evaluate(context, policies).decision != "Allow":
            return action
    return None


def _met(statement: Record) -> Record:
    return {name: value for name, value in statement.items() if name != "Condition"}
