"""Web pages of other origins, and names that point at this machine, get nothing from the local stack."""

from __future__ import annotations

import http.client
import unittest

from local.aws_tests.emulator import shared

PAGE = "https://evil.example"


class Front(unittest.TestCase):
    def ask(self, path: str = "/_ministack/health", method: str = "GET", **headers: str) -> tuple[int, dict[str, str]]:
        """The status and the headers of an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", shared().settings.port)
        try:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=named)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def test_another_host_is_refused(self) -> None:
        port = shared().settings.port
        for host in (f"127.0.0.1:{port}", f"localhost:{port}", "localhost"):
            self.assertEqual(self.ask(Host=host)[0], 200, host)
        for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example", "[", ""):
            self.assertEqual(self.ask(Host=host)[0], 403, host)

    def test_another_origin_is_refused(self) -> None:
        self.assertEqual(self.ask(Origin="http://localhost:3000")[0], 200)
        for origin in (PAGE, "null", "http://localhost.evil.example"):
            self.assertEqual(self.ask(Origin=origin)[0], 403, origin)
        status, headers = self.ask(
            "/2015-03-31/functions", "OPTIONS", Origin=PAGE, Access_Control_Request_Method="POST"
        )
        self.assertEqual(status, 403)
        self.assertNotIn("access-control-allow-origin", headers)

    def test_an_api_and_a_bucket_answer_for_the_origins_that_they_allow(self) -> None:
        cors = {"AllowOrigins": ["https://app.example.com"], "AllowMethods": ["*"]}
        made = shared().client("apigatewayv2").create_api(Name="cors", ProtocolType="HTTP", CorsConfiguration=cors)
        s3 = shared().client("s3")
        s3.create_bucket(Bucket="with-cors")
        rules = [{"AllowedOrigins": ["https://app.example.com"], "AllowedMethods": ["PUT"], "AllowedHeaders": ["*"]}]
        s3.put_bucket_cors(Bucket="with-cors", CORSConfiguration={"CORSRules": rules})
        for path in (f"/_aws/execute-api/{made['ApiId']}/$default/x", "/with-cors/key"):
            for origin, allowed in (("https://app.example.com", True), (PAGE, False)):
                _, headers = self.ask(path, "OPTIONS", Origin=origin, Access_Control_Request_Method="PUT")
                self.assertEqual(headers.get("access-control-allow-origin") == origin, allowed, (path, origin))
        self.assertEqual(self.ask("/with-cors/key", "PUT", Origin=PAGE)[0], 403)


if __name__ == "__main__":
    unittest.main()
