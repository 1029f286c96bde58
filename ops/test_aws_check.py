"""The cost, the table, the deployment, and that a run always removes what it has made."""

import unittest
from types import SimpleNamespace
from typing import Any, cast
from unittest.mock import patch

from botocore.exceptions import ClientError

from local import expand
from local.settings import ROOT
from ops import aws_check
from ops.access import Access
from ops.check import cost, deployment, run, steps, table
from ops.check.cost import Sizes
from ops.check.table import Looking, Row, Step, Verdict, not_seen, ok
from ops.check.watcher import Report

TEMPLATE = (ROOT / "template.yaml").read_text()
NAME = "paceline-check-0a1b2c"
TABLE, BUCKET = f"{NAME}-MessagesTable-1", f"{NAME}-uploadsbucket-1"


def silent(_: str) -> None:
    """Says nothing."""


class Cost(unittest.TestCase):
    def test_a_run_costs_less_than_a_dollar(self) -> None:
        self.assertLess(cost.total(Sizes()), cost.LIMIT)
        self.assertGreater(cost.total(Sizes(recipients=1_000_000)), cost.LIMIT)

    def test_the_bill_names_every_price_and_the_sum(self) -> None:
        bill = cost.bill(Sizes())
        for part in cost.parts(Sizes()):
            self.assertIn(part.priced, bill)
        self.assertIn(f"${cost.total(Sizes()):.2f}", bill)
        self.assertAlmostEqual(cost.total(Sizes()), sum(part.count * part.price for part in cost.parts(Sizes())))

    def test_the_sizes_of_steps_are_those_of_the_code(self) -> None:
        tuning = (ROOT / "shared/domain/src/tuning.rs").read_text().replace("_", "")
        self.assertIn(f"SEGMENTROWS: u32 = {cost.SEGMENT_ROWS};", tuning)
        self.assertIn(f"TICKETMAXRECEIVES: u32 = {steps.TICKET_RECEIVES};", tuning)


class Shares(unittest.TestCase):
    def test_recipients_are_spread_over_all_sessions(self) -> None:
        for sizes in (Sizes(), Sizes(2_000, 100, 60, 300), Sizes(50, 4, 10, 10)):
            shares = run.shares(sizes)
            self.assertEqual((sum(shares), len(shares)), (sizes.recipients, sizes.sessions))
            self.assertEqual(shares[1], sizes.cancels)
            self.assertGreater(min(shares), 0)

    def test_the_full_sizes_make_chains_that_lambda_would_stop(self) -> None:
        long, *_ = run.shares(Sizes())
        rows, singles = run.split_sends(Sizes().sends)
        self.assertGreater(min(long / cost.SEGMENT_ROWS, rows / steps.TICKET_RECEIVES), steps.LOOP_LIMIT + 1)
        self.assertEqual(rows + len(singles), Sizes().sends)
        self.assertEqual(set(singles), {1, 5})


class Table(unittest.TestCase):
    def run_steps(self, *looks: Any) -> list[Row]:
        return table.run_all([Step(look.__name__, "a|b", look) for look in looks], None, silent)

    def test_all_begin_before_one_looks(self) -> None:
        order: list[str] = []

        def one(_: Any) -> Looking:
            order.append("one begins")
            yield
            order.append("one looks")
            return ok("1")

        def two(_: Any) -> Looking:
            order.append("two begins")
            yield
            return not_seen("2")

        rows = self.run_steps(one, two)
        self.assertEqual(order, ["one begins", "two begins", "one looks"])
        self.assertEqual([row.seen.verdict for row in rows], [Verdict.OK, Verdict.NOT_SEEN])
        text = table.markdown(rows)
        self.assertIn("| one | a\\|b | ok | 1 |", text)
        self.assertIn("1 ok, 0 differs, 1 not seen", table.document(rows, "here", "c", "d", "s"))

    def test_a_step_that_fails_differs_and_the_others_go_on(self) -> None:
        def early(_: Any) -> Looking:
            raise ValueError("early")
            yield

        def late(_: Any) -> Looking:
            yield
            raise ValueError("late")

        def fine(_: Any) -> Looking:
            yield
            return ok("")

        rows = self.run_steps(early, late, fine)
        self.assertEqual([row.seen.verdict for row in rows], [Verdict.DIFFERS, Verdict.DIFFERS, Verdict.OK])
        self.assertEqual([row.seen.text for row in rows], ["ValueError: early", "ValueError: late", ""])

    def test_steps_have_names_of_their_own(self) -> None:
        names = [step.name for step in aws_check.STEPS]
        self.assertEqual(len(names), len(set(names)))


class Reports(unittest.TestCase):
    def test_lambdas_report_is_read(self) -> None:
        metrics = '{"durationMs":1.5,"initDurationMs":80.2,"memorySizeMB":128,"maxMemoryUsedMB":21}'
        line = f'{{"type":"platform.report","record":{{"metrics":{metrics},"status":"success"}}}}'
        self.assertEqual(Report.parse("wake", line), Report("wake", 80.2, 128, 21))
        warm = Report.parse("wake", line.replace('"initDurationMs":80.2,', ""))
        self.assertIsNone(warm and warm.init_ms)

    def test_anything_else_is_not(self) -> None:
        for line in ("", "{}", '{"type":"platform.start","record":{}}', '{"level":"INFO","message":"hi"}'):
            self.assertIsNone(Report.parse("wake", line))


class Deployment(unittest.TestCase):
    def test_the_template_is_deployed_with_reports_and_known_parameters(self) -> None:
        template = expand.read(deployment.with_reports(TEMPLATE))
        self.assertEqual(template["Globals"]["Function"]["LoggingConfig"]["SystemLogLevel"], "INFO")
        for quota, high in ((10, "2"), (1_000, None)):
            given = deployment.parameters(quota)
            self.assertLessEqual(given.keys(), template["Parameters"].keys())
            self.assertEqual(given.get("HighConcurrency"), high)

    def test_a_template_without_that_line_is_refused(self) -> None:
        with self.assertRaises(deployment.DeploymentError):
            deployment.with_reports("Resources: {}")

    def test_no_two_stacks_have_one_name(self) -> None:
        self.assertNotEqual(deployment.new_name(), deployment.new_name())


class Cloud:
    """The services, as far as a removal asks them. `kept` is what is left when the stack is gone."""

    def __init__(self, status: str = "CREATE_COMPLETE") -> None:
        self.status = status
        self.kept = {TABLE, BUCKET, "secret-arn"}
        self.groups = [f"/aws/lambda/{NAME}-wake", f"/aws/vendedlogs/apis/{NAME}", "/aws/lambda/other"]
        self.objects = {BUCKET: ["uploads/1"], "sam": [f"{NAME}/code", "other/code"]}
        self.refuses: str | None = None
        self.unknown: str | None = None

    def client(self, _service: str) -> Any:
        return self

    def get_paginator(self, name: str) -> Any:
        return SimpleNamespace(paginate=getattr(self, f"all_{name}"))

    def all_list_stacks(self) -> Any:
        return [{"StackSummaries": [{"StackName": "paceline", "StackId": "0"}, {"StackName": NAME, "StackId": "1"}]}]

    def describe_stacks(self, StackName: str) -> Any:
        return {"Stacks": [{"StackStatus": self.status}]}

    def delete_stack(self, StackName: str) -> None:
        self.status = "DELETE_COMPLETE"

    def get_waiter(self, _name: str) -> Any:
        return SimpleNamespace(wait=lambda **_: None)

    def all_list_stack_resources(self, StackName: str) -> Any:
        skipped = {"ResourceStatus": "DELETE_SKIPPED"}
        found = [skipped | {"ResourceType": deployment.TABLE, "PhysicalResourceId": TABLE}]
        found += [skipped | {"ResourceType": self.unknown, "PhysicalResourceId": "u"}] if self.unknown else []
        return [{"StackResourceSummaries": [{"ResourceStatus": "DELETE_COMPLETE", "ResourceType": "Q"}, *found]}]

    def all_list_tables(self) -> Any:
        return [{"TableNames": ["paceline-MessagesTable-1", *(name for name in self.kept if "Table" in name)]}]

    def list_buckets(self) -> Any:
        return {"Buckets": [{"Name": "sam"}, *({"Name": name} for name in self.kept if "bucket" in name)]}

    def all_list_secrets(self) -> Any:
        found = [{"Name": "Secret-1", "ARN": name, "Tags": [{"Key": "k", "Value": NAME}]} for name in self.kept if "arn" in name]
        return [{"SecretList": [{"Name": "Secret-2", "ARN": "other"}, *found]}]

    def describe_table(self, TableName: str) -> Any:
        return {"Table": {"TableStatus": "ACTIVE"}}

    def _gone(self, name: str) -> None:
        if name == self.refuses:
            raise ClientError({"Error": {"Code": "Throttling", "Message": "slowly"}}, "Delete")
        self.kept.remove(name)

    def update_continuous_backups(self, **_: Any) -> None: ...

    def delete_table(self, TableName: str) -> None:
        self._gone(TableName)

    def delete_bucket(self, Bucket: str) -> None:
        if self.objects[Bucket]:
            raise ClientError({"Error": {"Code": "BucketNotEmpty", "Message": ""}}, "DeleteBucket")
        self._gone(Bucket)

    def delete_secret(self, SecretId: str, ForceDeleteWithoutRecovery: bool) -> None:
        self._gone(SecretId)

    def all_list_objects_v2(self, Bucket: str, Prefix: str) -> Any:
        return [{"Contents": [{"Key": key} for key in self.objects[Bucket] if key.startswith(Prefix)]}]

    def delete_objects(self, Bucket: str, Delete: Any) -> None:
        for item in Delete["Objects"]:
            self.objects[Bucket].remove(item["Key"])

    def all_describe_log_groups(self, logGroupNamePrefix: str) -> Any:
        found = [name for name in self.groups if name.startswith(logGroupNamePrefix)]
        return [{"logGroups": [{"logGroupName": name} for name in found]}]

    def delete_log_group(self, logGroupName: str) -> None:
        self.groups.remove(logGroupName)

    def describe_stack_resource(self, **_: Any) -> Any:
        return {"StackResourceDetail": {"PhysicalResourceId": "sam"}}


class RemovalTest(unittest.TestCase):
    def remove(self, cloud: Cloud, name: str = NAME) -> list[str]:
        access = SimpleNamespace(stack=name, client=cloud.client)
        return deployment.Removal(cast(Access, access), silent).run()

    def test_nothing_is_left(self) -> None:
        cloud = Cloud()
        self.assertEqual(self.remove(cloud), [])
        self.assertEqual((cloud.status, cloud.kept), ("DELETE_COMPLETE", set()))
        self.assertEqual(cloud.groups, ["/aws/lambda/other"])
        self.assertEqual(cloud.objects, {BUCKET: [], "sam": ["other/code"]})

    def test_what_cannot_be_removed_is_told_and_removed_the_next_time(self) -> None:
        cloud = Cloud()
        cloud.refuses = TABLE
        (left,) = self.remove(cloud)
        self.assertTrue(left.startswith(f"{deployment.TABLE} {TABLE}: "), left)
        self.assertEqual(cloud.kept, {TABLE}, "the others are gone")
        cloud.refuses = None
        self.assertEqual((self.remove(cloud), cloud.kept), ([], set()))

    def test_what_it_does_not_know_is_told(self) -> None:
        cloud = Cloud()
        cloud.unknown = "AWS::EC2::Volume"
        (left,) = self.remove(cloud)
        self.assertIn("AWS::EC2::Volume u: ", left)

    def test_it_touches_no_other_stack(self) -> None:
        for name in ("paceline", "paceline-check-", "paceline-check-0a1b2c-2"):
            with self.assertRaises(deployment.DeploymentError):
                self.remove(Cloud(), name)


class Run(unittest.TestCase):
    def run_with(self, **failing: Any) -> list[str]:
        removed: list[str] = []
        # The real one exchanges this process's signal handlers.
        fakes = {"_begin": lambda *_: 10, "remove": lambda stack, _: removed.append(stack.stack), "look": lambda *_: []}
        fakes |= {"write": lambda *_: None, "region_of": lambda _: "here", "tell": lambda _: None}
        deploys = {"missing_tools": list, "build": lambda: "template", "deploy": lambda *_: None}
        with patch.multiple(aws_check, **(fakes | {"AwsWatcher": lambda _: None}), create=False):
            with patch.multiple(deployment, **(deploys | failing)):
                try:
                    aws_check.on_aws(Access(""), Sizes(), True, silent)
                except (KeyboardInterrupt, deployment.DeploymentError):
                    pass
        return removed

    def raising(self, error: BaseException) -> Any:
        def do(*_: Any) -> None:
            raise error

        return do

    def test_the_stack_is_removed_whatever_happens(self) -> None:
        for failing in ({}, {"deploy": self.raising(KeyboardInterrupt())}, {"deploy": self.raising(deployment.DeploymentError())}):
            (name,) = self.run_with(**failing)
            self.assertTrue(name.startswith(deployment.PREFIX))

    def test_nothing_is_removed_where_nothing_was_deployed(self) -> None:
        self.assertEqual(self.run_with(build=self.raising(deployment.DeploymentError())), [])


if __name__ == "__main__":
    unittest.main()
