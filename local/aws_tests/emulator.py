"""The local AWS, started for tests on a port of its own."""

from __future__ import annotations

import atexit
import io
import json
import tempfile
import time
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError

from local import process
from local.settings import Settings
from ops.access import Access

Record = dict[str, Any]
PATIENCE_SECONDS = 30.0
TRUST = {
    "Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": "lambda.amazonaws.com"}}]
}
QUEUE_RIGHTS = ["sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]


class Emulator:
    """A running local AWS without a stack in it."""

    def __init__(self, concurrency: int | None = None) -> None:
        self._folder = tempfile.TemporaryDirectory(prefix="local-aws-")
        self.settings = Settings(Path(self._folder.name), process.free_port(), "test", {}, concurrency)
        process.start(self.settings)

    def stop(self) -> None:
        """Ends it and forgets everything."""
        process.stop(self.settings, keep=False)
        self._folder.cleanup()

    def client(self, service: str, **options: Any) -> Any:
        """A client in the administrator's name that does not try again, and leaves it to AWS to refuse."""
        config = Config(parameter_validation=False, retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        return Access("test", self.settings.endpoint).client(service, config=config, **options)

    def role(self, name: str, actions: list[str]) -> str:
        """Makes a role that allows the actions on everything. Returns its ARN."""
        iam = self.client("iam")
        arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
        if actions:
            policy = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
            iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=json.dumps(policy))
        return arn

    def function(self, name: str, source: str, actions: list[str], **options: Any) -> str:
        """Makes a function in Python, with a role of its own. Returns its ARN."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive:
            archive.writestr("index.py", source)
        about = {"Runtime": "python3.13", "Handler": "index.handler", "Timeout": 5} | options
        made = self.client("lambda").create_function(
            FunctionName=name, Role=self.role(f"{name}-role", actions), Code={"ZipFile": packed.getvalue()}, **about
        )
        arn: str = made["FunctionArn"]
        return arn

    def queue(self, name: str, **attributes: str) -> str:
        """Makes a queue. Returns its address."""
        url: str = self.client("sqs").create_queue(QueueName=name, Attributes=attributes)["QueueUrl"]
        return url

    def arn(self, queue: str) -> str:
        """The ARN of a queue."""
        answer = self.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])
        arn: str = answer["Attributes"]["QueueArn"]
        return arn

    def deploy(self, stack: str, resources: Record) -> None:
        """Makes a CloudFormation stack of the resources, or changes it."""
        cloudformation = self.client("cloudformation")
        made = [about["StackName"] for about in cloudformation.describe_stacks()["Stacks"]]
        change = cloudformation.update_stack if stack in made else cloudformation.create_stack
        change(StackName=stack, TemplateBody=json.dumps({"Resources": resources}))

        def done() -> bool:
            status: str = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
            return status.endswith("COMPLETE")

        eventually(done)

    def api(self, name: str, function: str) -> str:
        """Makes an HTTP API that calls the function. Returns its id."""
        gateway = self.client("apigatewayv2")
        api: str = gateway.create_api(Name=name, ProtocolType="HTTP")["ApiId"]
        integration = gateway.create_integration(
            ApiId=api, IntegrationType="AWS_PROXY", IntegrationUri=function, PayloadFormatVersion="2.0"
        )["IntegrationId"]
        gateway.create_route(ApiId=api, RouteKey="$default", Target=f"integrations/{integration}")
        gateway.create_stage(ApiId=api, StageName="$default", AutoDeploy=True)
        return api

    def permit(self, function: str, api: str) -> None:
        """Lets the API call the function."""
        source = f"arn:aws:execute-api:us-east-1:000000000000:{api}/*/*"
        self.client("lambda").add_permission(
            FunctionName=function,
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=source,
        )

    def api_url(self, api: str) -> str:
        """Where the API answers."""
        return f"{self.settings.endpoint}/_aws/execute-api/{api}/$default/x"


@cache
def shared() -> Emulator:
    """One for all tests that do not mind the others."""
    emulator = Emulator()
    atexit.register(emulator.stop)
    return emulator


def refusal(call: Callable[..., Any], **arguments: Any) -> tuple[str, int]:
    """The error code and the status with which a call is refused."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    return "accepted", 200


def eventually(look: Callable[[], Any]) -> Any:
    """What a look finds, once it finds something."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not (found := look()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not seen within {PATIENCE_SECONDS:.0f} s")
        time.sleep(0.1)
    return found
