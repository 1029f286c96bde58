"""How the secret changes when it is exchanged."""

import unittest
from typing import Any, cast

from ops import secret_cli
from ops.access import Access


class Exchange(unittest.TestCase):
    def test_the_first_one_is_a_bare_text(self) -> None:
        self.assertEqual(secret_cli.parse("abc"), {"current": "abc"})

    def test_each_step_keeps_what_was_accepted(self) -> None:
        staged = secret_cli.stage({"current": "a", "older": ["z"], "loginClient": "c"})
        self.assertEqual((staged["current"], staged["older"], len(staged["next"])), ("a", ["z"], 64))
        used = secret_cli.use(staged)
        self.assertEqual(used, {"current": staged["next"], "older": ["a", "z"], "loginClient": "c"})

    def test_steps_come_in_order(self) -> None:
        with self.assertRaises(secret_cli.SecretError):
            secret_cli.use({"current": "a"})
        with self.assertRaises(secret_cli.SecretError):
            secret_cli.stage(secret_cli.stage({"current": "a"}))

    def test_what_has_leaked_is_refused_after_its_exchange(self) -> None:
        used = secret_cli.use(secret_cli.stage({"current": "leaked", "older": ["z"], "loginClient": "c"}))
        dropped = secret_cli.drop_older(used)
        self.assertEqual(dropped, {"current": used["current"], "loginClient": "c"})
        self.assertNotIn("leaked", dropped.values())

    def test_nothing_is_dropped_too_early(self) -> None:
        for secret in ({"current": "leaked"}, secret_cli.stage({"current": "leaked", "older": ["z"]})):
            with self.assertRaises(secret_cli.SecretError):
                secret_cli.drop_older(secret)

    def test_no_secret_is_made_twice(self) -> None:
        made = {secret_cli.stage({"current": "a"})["next"] for _ in range(20)}
        self.assertEqual(len(made), 20)


class FakeLambda:
    """Two functions; one of them is called by an alias."""

    def __init__(self) -> None:
        self.variables: dict[str, dict[str, str]] = {"plain": {"A": "1"}, "gradual": {"A": "1"}}
        self.published: list[str] = []
        self.shifted: list[tuple[str, str, str]] = []

    def get_function_configuration(self, FunctionName: str) -> dict[str, Any]:
        return {"Environment": {"Variables": self.variables[FunctionName]}, "LastUpdateStatus": "Successful"}

    def update_function_configuration(self, FunctionName: str, Environment: dict[str, Any]) -> None:
        self.variables[FunctionName] = Environment["Variables"]

    def list_aliases(self, FunctionName: str) -> dict[str, Any]:
        return {"Aliases": [{"Name": "live"}] if FunctionName == "gradual" else []}

    def publish_version(self, FunctionName: str) -> dict[str, str]:
        assert "SECRET_CHANGED" in self.variables[FunctionName], "published before it was changed"
        self.published.append(FunctionName)
        return {"Version": "7"}

    def update_alias(self, FunctionName: str, Name: str, FunctionVersion: str) -> None:
        self.shifted.append((FunctionName, Name, FunctionVersion))


class FakeAccess:
    stack = "paceline"

    def __init__(self, functions: FakeLambda) -> None:
        self.functions = functions

    def client(self, service: str) -> Any:
        return {"lambda": self.functions}.get(service, self)

    def get_paginator(self, _operation: str) -> Any:
        return self

    def paginate(self, StackName: str) -> list[dict[str, Any]]:
        kind = "AWS::Lambda::Function"
        names = self.functions.variables
        return [{"StackResourceSummaries": [{"ResourceType": kind, "PhysicalResourceId": name} for name in names]}]


class Restart(unittest.TestCase):
    def test_what_is_called_by_an_alias_starts_anew_too(self) -> None:
        functions = FakeLambda()
        secret_cli.Stack(cast(Access, FakeAccess(functions))).restart("why")
        self.assertTrue(all(given["SECRET_CHANGED"] == "why" for given in functions.variables.values()))
        self.assertEqual((functions.published, functions.shifted), (["gradual"], [("gradual", "live", "7")]))


if __name__ == "__main__":
    unittest.main()
