"""Brings a table of a stack back to an earlier time, under its own name, so that nothing else of the stack changes.

    .local/venv/bin/python -m ops.restore_table --stack paceline SessionsTable copy --time 2026-11-28T10:00:00Z
    .local/venv/bin/python -m ops.restore_table --stack paceline SessionsTable take

`copy` restores into a table beside it, `<name>-restored`; the stack goes on meanwhile. Look at the copy before you go on.
`take` puts it in the table's place: it backs both up, deletes the table, restores the copy's backup under the table's name, and
switches on again what DynamoDB does not restore. Each may be interrupted and repeated. docs/OPERATIONS.md says what else to do.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from ops import access
from ops.access import Access

POLL_SECONDS = 5.0
TABLE = "AWS::DynamoDB::Table"


class RestoreError(Exception):
    """The command makes no sense for this table; the text is for a person."""


class Table:
    """A table of a stack."""

    def __init__(self, access: Access, resource: str, poll_seconds: float = POLL_SECONDS) -> None:
        self._dynamodb = access.client("dynamodb")
        self._poll_seconds = poll_seconds
        cloudformation = access.client("cloudformation")
        found = cloudformation.describe_stack_resource(StackName=access.stack, LogicalResourceId=resource)
        about = found["StackResourceDetail"]
        if about["ResourceType"] != TABLE:
            raise RestoreError(f"{resource} is no table.")
        self.name: str = about["PhysicalResourceId"]
        self.copy_name = f"{self.name}-restored"
        template = cloudformation.get_template(StackName=access.stack, TemplateStage="Processed")["TemplateBody"]
        self._wanted: dict[str, Any] = template["Resources"][resource]["Properties"]

    def copy(self, when: datetime | None) -> None:
        """Restores the table as it was at that time, or as late as possible, into another."""
        if self._describe(self.copy_name):
            raise RestoreError(f"{self.copy_name} is there already; `take` it, or delete it.")
        moment = {"RestoreDateTime": when} if when else {"UseLatestRestorableTime": True}
        self._dynamodb.restore_table_to_point_in_time(
            SourceTableName=self.name, TargetTableName=self.copy_name, BillingModeOverride="PAY_PER_REQUEST", **moment
        )
        self._wait_until_active(self.copy_name)

    def take(self) -> str | None:
        """Puts the copy in the table's place. Returns the new stream's ARN, if the table has one."""
        backup = self._backup_of_copy()
        current = self._describe(self.name)
        # A table that is younger than the backup was restored from it by an earlier run.
        if current and current["CreationDateTime"] < backup["BackupCreationDateTime"]:
            self._back_up(self.name)
            self._dynamodb.delete_table(TableName=self.name)
            self._wait(lambda: self._describe(self.name) is None)
            current = None
        if current is None:
            self._dynamodb.restore_table_from_backup(TargetTableName=self.name, BackupArn=backup["BackupArn"])
        self._wait_until_active(self.name)
        return self._switch_on()

    def _backup_of_copy(self) -> dict[str, Any]:
        """The backup that an earlier run has made of this very copy, or a new one."""
        copy = self._describe(self.copy_name)
        if not copy:
            raise RestoreError(f"There is no {self.copy_name}; `copy` first.")
        self._wait_until_active(self.copy_name)
        known = self._dynamodb.list_backups(TableName=self.copy_name)["BackupSummaries"]
        # A copy of the same name that was made last month has backups, too.
        own = [backup for backup in known if backup["BackupCreationDateTime"] >= copy["CreationDateTime"]]
        return own[0] if own else self._back_up(self.copy_name)

    def _back_up(self, table: str) -> dict[str, Any]:
        details: dict[str, Any] = self._dynamodb.create_backup(TableName=table, BackupName=table)["BackupDetails"]
        self._wait(lambda: self._backup_status(details["BackupArn"]) == "AVAILABLE")
        return details

    def _backup_status(self, arn: str) -> str:
        about = self._dynamodb.describe_backup(BackupArn=arn)
        return str(about["BackupDescription"]["BackupDetails"]["BackupStatus"])

    def _switch_on(self) -> str | None:
        """What a restored table lacks, as the stack's template has it."""
        ttl = self._wanted.get("TimeToLiveSpecification")
        now = self._dynamodb.describe_time_to_live(TableName=self.name)["TimeToLiveDescription"]["TimeToLiveStatus"]
        if ttl and now not in ("ENABLED", "ENABLING"):
            self._dynamodb.update_time_to_live(TableName=self.name, TimeToLiveSpecification=ttl)
        recovery = self._wanted.get("PointInTimeRecoverySpecification")
        if recovery:
            self._dynamodb.update_continuous_backups(TableName=self.name, PointInTimeRecoverySpecification=recovery)
        stream = self._wanted.get("StreamSpecification")
        if not stream:
            return None
        if not (self._describe(self.name) or {}).get("StreamSpecification", {}).get("StreamEnabled"):
            specification = {"StreamEnabled": True, "StreamViewType": stream["StreamViewType"]}
            self._dynamodb.update_table(TableName=self.name, StreamSpecification=specification)
            self._wait_until_active(self.name)
        return str((self._describe(self.name) or {})["LatestStreamArn"])

    def _describe(self, table: str) -> dict[str, Any] | None:
        try:
            found: dict[str, Any] = self._dynamodb.describe_table(TableName=table)["Table"]
        except self._dynamodb.exceptions.ResourceNotFoundException:
            return None
        return found

    def _wait_until_active(self, table: str) -> None:
        self._wait(lambda: (self._describe(table) or {}).get("TableStatus") == "ACTIVE")

    def _wait(self, is_done: Callable[[], bool]) -> None:
        while not is_done():
            time.sleep(self._poll_seconds)


def run(table: Table, command: str, when: datetime | None) -> str:
    """Carries a command out, and says what comes next."""
    if command == "copy":
        table.copy(when)
        return f"{table.copy_name} is there. Look at it, then: take"
    stream = table.take()
    done = f"{table.name} is the restored one. {table.copy_name} and two backups are left: delete them when all is well."
    return f"{done}\nNext: sam deploy --parameter-overrides MessagesStreamArn={stream}" if stream else done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    access.add_arguments(parser)
    parser.add_argument("table", help="its name in template.yaml, such as SessionsTable")
    parser.add_argument("command", choices=["copy", "take"])
    parser.add_argument("--time", type=datetime.fromisoformat, help="such as 2026-11-28T10:00:00+00:00; default: latest")
    arguments = parser.parse_args()
    try:
        print(run(Table(access.chosen(arguments), arguments.table), arguments.command, arguments.time))
    except (RestoreError, ClientError, BotoCoreError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
