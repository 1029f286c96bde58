"""Which stack a command is about, on AWS or local, and clients of the services that it runs on."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3

ARGUMENTS = ("stack", "endpoint", "local", "region")
LOCAL_REGION = "us-east-1"
LOCAL_CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
"""The administrator's of every local stack, which listens on this machine alone."""


@dataclass(frozen=True)
class Access:
    """A deployed stack, and how to reach it."""

    stack: str
    """The CloudFormation stack's name."""
    endpoint: str | None = None
    """Where all services answer, when that is not AWS."""
    region: str | None = None
    """Nothing for the environment's."""

    def client(self, service: str, **options: Any) -> Any:
        """A client of one of the services. On AWS its credentials are the environment's."""
        if self.endpoint is None:
            return boto3.client(service, region_name=self.region, **options)
        local = {"endpoint_url": self.endpoint, "region_name": self.region or LOCAL_REGION} | LOCAL_CREDENTIALS
        return boto3.client(service, **local, **options)

    def outputs(self) -> dict[str, str]:
        """The stack's outputs."""
        stack = self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        return {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Adds the arguments that name a stack."""
    parser.add_argument("--stack", default="paceline", help="name of the CloudFormation stack (default: paceline)")
    parser.add_argument("--endpoint", help="another endpoint than AWS's, such as http://127.0.0.1:4566")
    parser.add_argument("--local", metavar="DIR", help="the local stack of this folder, in place of the two above")
    parser.add_argument("--region", help="default: the environment's")


def chosen(arguments: argparse.Namespace) -> Access:
    """The stack that the arguments name."""
    if arguments.local:
        return of_folder(Path(arguments.local))
    return Access(arguments.stack, arguments.endpoint, arguments.region)


def of_folder(folder: Path) -> Access:
    """The local stack of a folder."""
    try:
        about = json.loads((folder / "stack.json").read_text())
    except FileNotFoundError:
        sys.exit(f"No stack was started in {folder}; start it: make run")
    return Access(about["stackName"], about["awsEndpoint"])
