"""Queries find what they should, in order and in pages, and need no longer for a large partition."""

from __future__ import annotations

import random
import time
import unittest
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from local.aws_tests.emulator import shared

Item = dict[str, dict[str, str]]
Test = Callable[[Any], bool]

TEXTS = {
    "pk = :p": lambda _: True,
    "pk = :p AND #s = :a": lambda value: value == "k3",
    "pk = :p AND #s < :a": lambda value: value < "k3",
    "pk = :p AND #s <= :a": lambda value: value <= "k3",
    "pk = :p AND #s > :a": lambda value: value > "k3",
    ":a <= #s AND pk = :p": lambda value: value >= "k3",
    "pk = :p AND #s >= :a": lambda value: value >= "k3",
    "pk = :p AND #s BETWEEN :a AND :b": lambda value: "k3" <= value <= "k5",
    "pk = :p AND begins_with(#s, :a)": lambda value: value.startswith("k3"),
}


class Queries(unittest.TestCase):
    def setUp(self) -> None:
        self.tables = shared().client("dynamodb")
        self.random = random.Random(7)

    def make(self, name: str) -> None:
        """A table, sorted by texts, with an index of its own sorted by numbers and one over others by texts."""
        self.tables.create_table(
            TableName=name,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=key("pk", "sk"),
            AttributeDefinitions=[
                {"AttributeName": n, "AttributeType": t} for n, t in zip(("pk", "sk", "n", "g"), "SSNS", strict=True)
            ],
            LocalSecondaryIndexes=[{"IndexName": "byNumber", "KeySchema": key("pk", "n"), "Projection": ALL}],
            GlobalSecondaryIndexes=[{"IndexName": "byGroup", "KeySchema": key("g", "sk"), "Projection": ALL}],
        )

    def put(self, name: str, sk: str) -> Item:
        item = {"pk": {"S": "p"}, "sk": {"S": sk}, "g": {"S": self.random.choice("xy")}}
        if self.random.random() < 0.8:
            item["n"] = {"N": str(self.random.randint(-50, 50))}
        self.tables.put_item(TableName=name, Item=item)
        return item

    def pages(self, **query: Any) -> list[Item]:
        """All items that a query finds, page by page."""
        found: list[Item] = []
        while True:
            answer = self.tables.query(**query)
            found += answer["Items"]
            if "LastEvaluatedKey" not in answer:
                return found
            query["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def check(self, items: list[Item], sort: str, condition: str, test: Test, values: Item, **query: Any) -> None:
        """What the query finds is what the test says, in order, in both directions and in pages of any size."""
        number = sort == "n"
        value = (lambda item: Decimal(item[sort]["N"])) if number else (lambda item: item[sort]["S"])
        expected = sorted(
            (item for item in items if sort in item and test(value(item))),
            key=lambda item: (value(item), item["sk"]["S"]),
        )
        used = {name: bound for name, bound in values.items() if name in condition}
        names = {"ExpressionAttributeNames": {"#s": sort}} if "#s" in condition else {}
        for forward in (True, False):
            for limit in ({}, {"Limit": 1}, {"Limit": 7}):
                found = self.pages(
                    KeyConditionExpression=condition,
                    ExpressionAttributeValues=used,
                    ScanIndexForward=forward,
                    **names,
                    **limit,
                    **query,
                )
                self.assertEqual(found, expected if forward else expected[::-1], (condition, forward, limit))

    def test_every_form_of_condition_through_writes_and_deletes(self) -> None:
        self.make("forms")
        items = {
            sk: self.put("forms", sk) for sk in (f"k{self.random.randint(0, 9)}{number:03}" for number in range(40))
        }
        items["k3"] = self.put("forms", "k3")
        for round_ in range(2):
            texts = {":p": {"S": "p"}, ":a": {"S": "k3"}, ":b": {"S": "k5"}}
            numbers = {":p": {"S": "p"}, ":a": {"N": "-9"}, ":b": {"N": "10"}}
            for condition, test in TEXTS.items():
                self.check(list(items.values()), "sk", condition, test, texts, TableName="forms")
            self.check(
                list(items.values()),
                "n",
                "pk = :p AND #s BETWEEN :a AND :b",
                lambda n: -9 <= n <= 10,
                numbers,
                TableName="forms",
                IndexName="byNumber",
            )
            self.check(
                list(items.values()),
                "n",
                "pk = :p AND #s > :a",
                lambda n: n > -9,
                numbers,
                TableName="forms",
                IndexName="byNumber",
            )
            group = [item for item in items.values() if item["g"]["S"] == "x"]
            self.check(
                group,
                "sk",
                "g = :g AND #s < :a",
                lambda sk: sk < "k3",
                texts | {":g": {"S": "x"}},
                TableName="forms",
                IndexName="byGroup",
            )
            if round_ == 0:
                self.change(items)

    def change(self, items: dict[str, Item]) -> None:
        """Moves some items in the indexes, and takes and adds some."""
        for sk in self.random.sample(sorted(items), 20):
            items[sk] = self.put("forms", sk)
        for sk in self.random.sample(sorted(items), 8):
            self.tables.delete_item(TableName="forms", Key={"pk": {"S": "p"}, "sk": {"S": sk}})
            del items[sk]
        for number in range(5):
            items[f"k4new{number}"] = self.put("forms", f"k4new{number}")

    def test_what_is_wrong_is_still_refused(self) -> None:
        self.make("wrong")
        for condition in ("pk = :p AND n = :p", "sk = :p", "pk > :p"):
            with self.assertRaises(self.tables.exceptions.ClientError, msg=condition):
                self.tables.query(
                    TableName="wrong", KeyConditionExpression=condition, ExpressionAttributeValues={":p": {"S": "p"}}
                )

    def test_a_page_of_a_large_partition_takes_no_longer(self) -> None:
        self.make("large")
        times = {}
        for size in (100, 6_000):
            for first in range(0, size, 25):
                rows = [{"pk": {"S": f"p{size}"}, "sk": {"S": f"{first + n:06}"}, "g": {"S": "x"}} for n in range(25)]
                self.tables.batch_write_item(RequestItems={"large": [{"PutRequest": {"Item": row}} for row in rows]})
            query = {"TableName": "large", "KeyConditionExpression": "pk = :p AND sk > :s", "Limit": 10}
            values = {":p": {"S": f"p{size}"}, ":s": {"S": "000050"}}
            times[size] = min(self.seconds(query | {"ExpressionAttributeValues": values}) for _ in range(7))
        self.assertLess(times[6_000], 5 * times[100], times)

    def seconds(self, query: dict[str, Any]) -> float:
        started = time.perf_counter()
        self.assertEqual(self.tables.query(**query)["Count"], 10)
        return time.perf_counter() - started


ALL = {"ProjectionType": "ALL"}


def key(partition: str, sort: str) -> list[dict[str, str]]:
    """A key of two attributes."""
    return [{"AttributeName": partition, "KeyType": "HASH"}, {"AttributeName": sort, "KeyType": "RANGE"}]


if __name__ == "__main__":
    unittest.main()
