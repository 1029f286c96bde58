"""What bringing a table back leaves behind, when it is interrupted, too."""

import unittest
from itertools import count
from typing import Any, cast

from ops.access import Access
from ops.restore_table import RestoreError, Table, run

TTL = {"AttributeName": "ttl", "Enabled": True}
PROPERTIES = {
    "TimeToLiveSpecification": TTL,
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "StreamSpecification": {"StreamViewType": "NEW_AND_OLD_IMAGES"},
}


class NotThere(Exception):
    """As boto3 says that a table is not there."""


class Died(Exception):
    """The process dies."""


class Fake:
    """DynamoDB and CloudFormation, as far as they are asked. A table's content is a text."""

    class exceptions:
        ResourceNotFoundException = NotThere

    stack = "paceline"

    def __init__(self) -> None:
        self.clock = count(1)
        self.tables: dict[str, dict[str, Any]] = {}
        self.backups: list[dict[str, Any]] = []
        self.dies_before: str | None = None
        self._make("paceline-T-1", "broken")

    def _make(self, name: str, content: str, **more: Any) -> None:
        self.tables[name] = {"TableStatus": "ACTIVE", "CreationDateTime": next(self.clock), "content": content} | more

    def client(self, _service: str) -> Any:
        return self

    def describe_stack_resource(self, StackName: str, LogicalResourceId: str) -> Any:
        kind = "AWS::DynamoDB::Table" if LogicalResourceId == "T" else "AWS::SQS::Queue"
        return {"StackResourceDetail": {"ResourceType": kind, "PhysicalResourceId": "paceline-T-1"}}

    def get_template(self, **_: Any) -> Any:
        return {"TemplateBody": {"Resources": {"T": {"Properties": PROPERTIES}}}}

    def describe_table(self, TableName: str) -> Any:
        if TableName not in self.tables:
            raise NotThere
        return {"Table": self.tables[TableName]}

    def restore_table_to_point_in_time(self, SourceTableName: str, TargetTableName: str, **_: Any) -> None:
        self._make(TargetTableName, f"earlier {len(self.backups)}")

    def list_backups(self, TableName: str) -> Any:
        return {"BackupSummaries": [backup for backup in self.backups if backup["TableName"] == TableName]}

    def create_backup(self, TableName: str, BackupName: str) -> Any:
        backup = {"TableName": TableName, "BackupArn": f"arn{len(self.backups)}", "BackupCreationDateTime": next(self.clock)}
        self.backups.append(backup | {"content": self.tables[TableName]["content"]})
        return {"BackupDetails": backup}

    def describe_backup(self, BackupArn: str) -> Any:
        return {"BackupDescription": {"BackupDetails": {"BackupStatus": "AVAILABLE"}}}

    def delete_table(self, TableName: str) -> None:
        assert any(backup["TableName"] == TableName for backup in self.backups), "deleted without a backup"
        self._die("delete_table")
        del self.tables[TableName]

    def restore_table_from_backup(self, TargetTableName: str, BackupArn: str) -> None:
        self._die("restore_table_from_backup")
        assert TargetTableName not in self.tables
        (content,) = [backup["content"] for backup in self.backups if backup["BackupArn"] == BackupArn]
        self._make(TargetTableName, content)

    def describe_time_to_live(self, TableName: str) -> Any:
        is_on = "ttl" in self.tables[TableName]
        return {"TimeToLiveDescription": {"TimeToLiveStatus": "ENABLED" if is_on else "DISABLED"}}

    def update_time_to_live(self, TableName: str, TimeToLiveSpecification: Any) -> None:
        self._die("update_time_to_live")
        self.tables[TableName]["ttl"] = TimeToLiveSpecification

    def update_continuous_backups(self, TableName: str, PointInTimeRecoverySpecification: Any) -> None:
        self.tables[TableName]["recovery"] = PointInTimeRecoverySpecification

    def update_table(self, TableName: str, StreamSpecification: Any) -> None:
        self._die("update_table")
        self.tables[TableName] |= {"StreamSpecification": StreamSpecification, "LatestStreamArn": "arn:stream"}

    def _die(self, before: str) -> None:
        if self.dies_before == before:
            self.dies_before = None
            raise Died(before)


class Restore(unittest.TestCase):
    def setUp(self) -> None:
        self.fake = Fake()
        self.table = Table(cast(Access, self.fake), "T", poll_seconds=0)

    def assert_restored(self, content: str) -> None:
        table = self.fake.tables["paceline-T-1"]
        self.assertEqual((table["content"], table["ttl"]), (content, TTL))
        self.assertTrue(table["recovery"]["PointInTimeRecoveryEnabled"])
        self.assertEqual(table["StreamSpecification"], {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"})

    def test_the_copy_takes_the_tables_place_and_name(self) -> None:
        run(self.table, "copy", None)
        self.assertEqual(self.fake.tables["paceline-T-1"]["content"], "broken", "nothing is changed yet")
        said = run(self.table, "take", None)
        self.assert_restored("earlier 0")
        self.assertIn("MessagesStreamArn=arn:stream", said)

    def test_it_goes_on_where_it_was_interrupted(self) -> None:
        for step in ("delete_table", "restore_table_from_backup", "update_time_to_live", "update_table"):
            with self.subTest(step):
                self.setUp()
                self.table.copy(None)
                self.fake.dies_before = step
                with self.assertRaises(Died):
                    self.table.take()
                self.table.take()
                self.assert_restored("earlier 0")

    def test_a_table_that_is_back_is_not_restored_again(self) -> None:
        self.table.copy(None)
        self.table.take()
        self.fake.tables["paceline-T-1"]["content"] = "later"
        self.table.take()
        self.assert_restored("later")

    def test_a_second_time_takes_the_second_copy(self) -> None:
        self.table.copy(None)
        self.table.take()
        del self.fake.tables["paceline-T-1-restored"]
        self.table.copy(None)
        self.table.take()
        self.assert_restored("earlier 2")

    def test_nothing_is_taken_without_a_copy(self) -> None:
        with self.assertRaises(RestoreError):
            self.table.take()
        self.assertEqual(self.fake.tables["paceline-T-1"]["content"], "broken")

    def test_only_tables_are_restored(self) -> None:
        with self.assertRaises(RestoreError):
            Table(cast(Access, self.fake), "Q")


if __name__ == "__main__":
    unittest.main()
