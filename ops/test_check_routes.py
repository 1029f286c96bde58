"""That every route of the template is called."""

import json
import unittest
from typing import Any, cast

from local import expand
from local.settings import ROOT
from ops.check import routes
from ops.check.api import Answer, Api


class AnyAnswer:
    """Answers every call with the same status."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.paths: list[str] = []

    def call(self, method: str, path: str, *_: Any) -> Answer:
        self.paths.append(f"{method} {path}")
        body = {"id": "i-1", "jobId": "j-1", "campaignId": "c-1", "code": "internal"}
        return Answer(self.status, {}, json.dumps(body).encode(), 0.5)

    with_token = call


class Routes(unittest.TestCase):
    def test_every_route_of_the_template_is_called(self) -> None:
        found = routes.routes_of(expand.read((ROOT / "template.yaml").read_text()))
        self.assertGreater(len(found), 30)
        calls = routes.call_all(cast(Api, AnyAnswer(200)))
        self.assertEqual(calls.seconds.keys() - {"GET /nothing"}, found)

    def test_paths_have_ids(self) -> None:
        api = AnyAnswer(200)
        routes.call_all(cast(Api, api))
        self.assertIn("GET /messages/j-1", api.paths)
        self.assertFalse([path for path in api.paths if "{" in path or "None" in path])

    def test_an_unexpected_answer_is_told(self) -> None:
        calls = routes.call_all(cast(Api, AnyAnswer(500)))
        self.assertIn("POST /sessions: 500 internal", calls.wrong)
        self.assertGreaterEqual(len(calls.wrong), len(calls.seconds))


if __name__ == "__main__":
    unittest.main()
