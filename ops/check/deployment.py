"""A stack of its own for the check: deployed under a random name, and removed with all that it leaves behind."""

from __future__ import annotations

import re
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from local.settings import ROOT
from ops.access import Access

PREFIX = "paceline-check-"
TOOLS = ("sam", "cargo-lambda", "make")
BUILT = ROOT / ".aws-sam" / "build"
ORIGIN = "https://app.example.com"
# Short gaps, so that hundreds of messages take minutes; limits that the check does not meet; logs that end by themselves.
PARAMETERS = {
    "GapFloorMs": "500",
    "MinGapMs": "500",
    "MaxGapMs": "1000",
    "SendPerMinute": "100000",
    "BulkPerMinute": "100000",
    "OtherPerMinute": "100000",
    "AllowedOrigins": ORIGIN,
    "LogRetentionDays": "1",
}
# docs/RUNBOOKS.md, "Concurrency quota".
SMALL_ACCOUNT = {
    f"{name}Concurrency": "2" for name in ("High", "Normal", "Bulk", "Timer", "Ingest", "Chores")
}
SMALL_QUOTA = 100
TABLE, BUCKET, SECRET = "AWS::DynamoDB::Table", "AWS::S3::Bucket", "AWS::SecretsManager::Secret"
KNOWN = (TABLE, BUCKET, SECRET)
NO_REPORTS, REPORTS = "SystemLogLevel: WARN", "SystemLogLevel: INFO"

Say = Callable[[str], None]


class DeploymentError(Exception):
    """The stack could not be deployed, or not be removed; the text is for a person."""


def new_name() -> str:
    """A name that no other stack has."""
    return PREFIX + secrets.token_hex(3)


def with_reports(template: str) -> str:
    """The built template, so that Lambda also reports the calls that succeed."""
    if NO_REPORTS not in template:
        raise DeploymentError(f"template.yaml has no `{NO_REPORTS}` any more; ops/check/deployment.py must follow.")
    return template.replace(NO_REPORTS, REPORTS)


def parameters(quota: int) -> dict[str, str]:
    """The parameters for an account that may run so many functions at a time."""
    return PARAMETERS | (SMALL_ACCOUNT if quota < SMALL_QUOTA else {})


def missing_tools() -> list[str]:
    """The programs that a deployment needs and that are not there."""
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def build() -> Path:
    """Builds all functions. Returns the template to deploy."""
    _run(["make", "build-lambda"])
    template = BUILT / "aws-check.yaml"
    template.write_text(with_reports((BUILT / "template.yaml").read_text()))
    return template


def deploy(access: Access, template: Path, quota: int) -> None:
    """Deploys it."""
    command = ["sam", "deploy", "--template-file", str(template), "--stack-name", access.stack, "--resolve-s3"]
    command += ["--s3-prefix", access.stack, "--capabilities", "CAPABILITY_IAM", "--no-confirm-changeset"]
    command += ["--tags", f"paceline-check={access.stack}"]
    command += ["--region", access.region] if access.region else []
    command += ["--parameter-overrides", *(f"{name}={value}" for name, value in parameters(quota).items())]
    _run(command)


def _run(command: list[str]) -> None:
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise DeploymentError(f"This failed: {' '.join(command)}")


class Removal:
    """Removes a stack of the check, and all that outlives it. May be repeated until nothing is left."""

    def __init__(self, access: Access, say: Say) -> None:
        if not re.fullmatch(PREFIX + "[0-9a-f]{6}", access.stack):
            raise DeploymentError(f"{access.stack} is no stack of this check; those are named {PREFIX}…")
        self._access, self._say = access, say
        self.left: list[str] = []
        """What could not be removed, and why."""

    def run(self) -> list[str]:
        """Removes it. Returns what is left."""
        self.left = []
        stack = self._try("the stack", self._stack_id)
        if stack:
            self._try("the stack", lambda: self._delete_stack(stack))
        for find in (self._tables, self._buckets, self._secrets, lambda: self._kept(stack)):
            for kind, name in self._try("what was kept", lambda find=find: list(find())) or []:
                self._try(f"{kind} {name}", lambda kind=kind, name=name: self._delete(kind, name))
        # Also those that a late invocation has made anew.
        self._try("the logs", self._delete_logs)
        self._try("the packages of the deployment", self._delete_packages)
        return self.left

    def _try(self, what: str, do: Callable[[], Any]) -> Any:
        try:
            return do()
        except (ClientError, BotoCoreError, WaiterError, DeploymentError) as error:
            self.left.append(f"{what}: {error}")
            return None

    def _stack_id(self) -> str | None:
        """The stack's id, also once it is deleted; nothing when it never was."""
        pages = self._access.client("cloudformation").get_paginator("list_stacks").paginate()
        found = (stack for page in pages for stack in page["StackSummaries"])
        return next((stack["StackId"] for stack in found if stack["StackName"] == self._access.stack), None)

    def _delete_stack(self, stack: str) -> None:
        cloudformation = self._access.client("cloudformation")
        status = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"]
        if status == "DELETE_COMPLETE":
            return
        self._say(f"deleting the stack {self._access.stack}")
        cloudformation.delete_stack(StackName=stack)
        cloudformation.get_waiter("stack_delete_complete").wait(StackName=stack)

    # CloudFormation names what it makes after the stack; a secret has the stack's tags.

    def _tables(self) -> Iterator[tuple[str, str]]:
        for page in self._access.client("dynamodb").get_paginator("list_tables").paginate():
            yield from ((TABLE, name) for name in page["TableNames"] if self._is_ours(name))

    def _buckets(self) -> Iterator[tuple[str, str]]:
        names = [bucket["Name"] for bucket in self._access.client("s3").list_buckets()["Buckets"]]
        yield from ((BUCKET, name) for name in names if self._is_ours(name))

    def _secrets(self) -> Iterator[tuple[str, str]]:
        for page in self._access.client("secretsmanager").get_paginator("list_secrets").paginate():
            for secret in page["SecretList"]:
                tags = [tag["Value"] for tag in secret.get("Tags", [])]
                if self._access.stack in tags or self._is_ours(secret["Name"]):
                    yield SECRET, secret["ARN"]

    def _is_ours(self, name: str) -> bool:
        return name.startswith(f"{self._access.stack}-")

    def _kept(self, stack: str | None) -> Iterator[tuple[str, str]]:
        """What else was kept when the stack was deleted. What was deleted a moment ago is still in this list."""
        if stack is None:
            return
        pages = self._access.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack)
        for resource in (item for page in pages for item in page["StackResourceSummaries"]):
            if resource["ResourceStatus"] == "DELETE_SKIPPED" and resource["ResourceType"] not in KNOWN:
                yield resource["ResourceType"], resource.get("PhysicalResourceId", "")

    def _delete(self, kind: str, name: str) -> None:
        self._say(f"deleting {kind} {name}")
        if kind == TABLE:
            self._delete_table(name)
        elif kind == BUCKET:
            self._empty(name, "")
            self._access.client("s3").delete_bucket(Bucket=name)
        elif kind == SECRET:
            self._access.client("secretsmanager").delete_secret(SecretId=name, ForceDeleteWithoutRecovery=True)
        else:
            raise DeploymentError("this command does not know how to delete it; do it by hand")

    def _delete_table(self, name: str) -> None:
        dynamodb = self._access.client("dynamodb")
        if dynamodb.describe_table(TableName=name)["Table"]["TableStatus"] == "DELETING":
            return
        # Otherwise DynamoDB keeps a last backup for 35 days.
        off = {"PointInTimeRecoveryEnabled": False}
        dynamodb.update_continuous_backups(TableName=name, PointInTimeRecoverySpecification=off)
        dynamodb.delete_table(TableName=name)

    def _empty(self, bucket: str, prefix: str) -> None:
        s3 = self._access.client("s3")
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            keys = [{"Key": item["Key"]} for item in page.get("Contents", [])]
            if keys:
                s3.delete_objects(Bucket=bucket, Delete={"Objects": keys, "Quiet": True})

    def _delete_logs(self) -> None:
        logs = self._access.client("logs")
        for prefix in (f"/aws/lambda/{self._access.stack}-", f"/aws/vendedlogs/apis/{self._access.stack}"):
            for page in logs.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix):
                for group in page["logGroups"]:
                    logs.delete_log_group(logGroupName=group["logGroupName"])

    def _delete_packages(self) -> None:
        """What `sam deploy` put into its own bucket, under the stack's name."""
        cloudformation = self._access.client("cloudformation")
        try:
            found = cloudformation.describe_stack_resource(
                StackName="aws-sam-cli-managed-default", LogicalResourceId="SamCliSourceBucket"
            )
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError":
                return  # it was never made
            raise
        self._empty(found["StackResourceDetail"]["PhysicalResourceId"], f"{self._access.stack}/")
