"""Builds the functions, and deploys `template.yaml` into the local stack."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import time
import zipfile
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from botocore.config import Config
from botocore.exceptions import ClientError
from samtranslator.model.exceptions import InvalidDocumentException

from local import expand, parameters
from local.settings import LOCAL_API_ID, PROFILE, REGION, ROOT, Settings, fail
from ops.access import Access

TEMPLATE = ROOT / "template.yaml"
SOURCES = ("deploy.py", "expand.py", "parameters.py", "requirements.txt")
FINGERPRINT = "LocalFingerprint"
"""An output of the deployed stack: what it was made from. Kept in the stack, so that both are lost together."""

DEPLOY_SECONDS = 120
GONE = ("DELETE_COMPLETE", None)
# A stack whose first creation failed cannot be updated.
NEVER_WORKED = ("ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED")


def client(settings: Settings, service: str) -> Any:
    """A client of one of the local stack's services."""
    config = Config(read_timeout=60, retries={"total_max_attempts": 2}, s3={"addressing_style": "path"})
    return Access(settings.name, settings.endpoint, REGION).client(service, config=config)


def functions(template: dict[str, Any]) -> dict[str, str]:
    """Each function's name in the template, and the name of its binary: the last part of its `CodeUri`."""
    return {
        name: Path(resource["Properties"]["CodeUri"]).name
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }


def build(binaries: Iterable[str], profile: str) -> None:
    """Builds the binaries with Cargo, which shows its own progress."""
    command = ["cargo", "build", "--locked", "--profile", profile]
    for binary in sorted(binaries):
        command += ["--bin", binary]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        fail("The build failed; the compiler's messages stand above.")


def deploy(settings: Settings, template: dict[str, Any], say: Callable[[str], None]) -> dict[str, str]:
    """Deploys what differs from what is there. Returns the stack's outputs."""
    params = parameters.in_force(template, settings.params)
    binaries = {name: settings.target / PROFILE / binary for name, binary in functions(template).items()}
    digests = {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in binaries.items()}
    fingerprint = _fingerprint(digests, params)
    stack = describe(settings)
    if stack and stack["StackStatus"].endswith("_COMPLETE") and _outputs(stack).get(FINGERPRINT) == fingerprint:
        say("nothing to deploy: template, binaries and parameters are those of the running stack")
        return _outputs(stack)
    bucket = f"{settings.name}-code"
    for name, address in upload(settings, bucket, binaries, digests).items():
        template["Resources"][name]["Properties"]["CodeUri"] = address
    plain = _expand(template, params)
    plain.setdefault("Outputs", {})[FINGERPRINT] = {"Value": fingerprint}
    say(f"deploying {len(binaries)} functions and {len(plain['Resources'])} resources in all")
    outputs = _apply(settings, bucket, plain, params)
    _forget_old_packages(settings, bucket, set(digests.values()))
    return outputs


def upload(settings: Settings, bucket: str, binaries: dict[str, Path], digests: dict[str, str]) -> dict[str, str]:
    """Stores each binary as a package, under a key that follows from its content. Returns the addresses."""
    s3 = client(settings, "s3")
    s3.create_bucket(Bucket=bucket)

    def store(name: str) -> str:
        key = f"{digests[name]}.zip"
        try:
            s3.head_object(Bucket=bucket, Key=key)
        except ClientError:
            s3.put_object(Bucket=bucket, Key=key, Body=package(binaries[name], level=1))
        return f"s3://{bucket}/{key}"

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return dict(zip(binaries, pool.map(store, binaries), strict=True))


def package(binary: Path, level: int) -> bytes:
    """The binary as a Lambda package. The same binary gives the same bytes."""
    about = zipfile.ZipInfo("bootstrap", (1980, 1, 1, 0, 0, 0))
    about.external_attr = 0o755 << 16
    about.compress_type = zipfile.ZIP_DEFLATED
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(about, binary.read_bytes(), compresslevel=level)
    return packed.getvalue()


def describe(settings: Settings) -> dict[str, Any] | None:
    """The deployed stack as CloudFormation describes it, or nothing when there is none."""
    try:
        stack: dict[str, Any] = client(settings, "cloudformation").describe_stacks(StackName=settings.name)["Stacks"][0]
    except ClientError:
        return None
    return None if stack["StackStatus"] in GONE else stack


def _apply(settings: Settings, bucket: str, template: dict[str, Any], params: dict[str, str]) -> dict[str, str]:
    # From S3, as SAM does it: a template in the call itself may have 51,200 bytes, and the expanded one has more.
    text = json.dumps(template, default=str)
    client(settings, "s3").put_object(Bucket=bucket, Key="template.json", Body=text.encode())
    cloudformation = client(settings, "cloudformation")
    stack = describe(settings)
    if stack and stack["StackStatus"] in NEVER_WORKED:
        cloudformation.delete_stack(StackName=settings.name)
        _wait(settings)
        stack = None
    change = cloudformation.update_stack if stack else cloudformation.create_stack
    try:
        change(
            StackName=settings.name,
            TemplateURL=f"{settings.endpoint}/{bucket}/template.json",
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in params.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM"],
        )
    except ClientError as error:
        fail(f"CloudFormation refuses the template: {error.response['Error']['Message']}")
    done = _wait(settings)
    if not done or done["StackStatus"] not in ("CREATE_COMPLETE", "UPDATE_COMPLETE"):
        fail(f"The deployment failed.\n{_reasons(settings)}\nMore is in {settings.log}")
    return _outputs(done)


def _expand(template: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
    try:
        return expand.expand(template, params, LOCAL_API_ID)
    except (expand.UnsupportedError, InvalidDocumentException) as error:
        fail(f"template.yaml can't be deployed: {getattr(error, 'message', error)}\n`make lint` may tell more.")


def _forget_old_packages(settings: Settings, bucket: str, digests: set[str]) -> None:
    # Each build makes new ones, and a stack may live for weeks.
    s3 = client(settings, "s3")
    for item in s3.list_objects_v2(Bucket=bucket).get("Contents", []):
        if item["Key"].removesuffix(".zip") not in digests:
            s3.delete_object(Bucket=bucket, Key=item["Key"])


def _wait(settings: Settings) -> dict[str, Any] | None:
    deadline = time.monotonic() + DEPLOY_SECONDS
    while True:
        stack = describe(settings)
        if stack is None or not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack
        if time.monotonic() > deadline:
            fail(f"The deployment did not end within {DEPLOY_SECONDS} s. The log is {settings.log}")
        time.sleep(0.1)


def _reasons(settings: Settings) -> str:
    events = client(settings, "cloudformation").describe_stack_events(StackName=settings.name)["StackEvents"]
    failed = [event for event in events if "FAILED" in event["ResourceStatus"] or "ROLLBACK" in event["ResourceStatus"]]
    lines = [f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed]
    return "\n".join(dict.fromkeys(reversed(lines)))


def _outputs(stack: dict[str, Any]) -> dict[str, str]:
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def _fingerprint(digests: dict[str, str], params: dict[str, str]) -> str:
    sources = [TEMPLATE, *(ROOT / "local" / name for name in SOURCES)]
    texts = [path.read_text() for path in sources]
    return hashlib.sha256(json.dumps([digests, params, texts], sort_keys=True).encode()).hexdigest()
