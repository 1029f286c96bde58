"""What is taken for a secret in a log."""

import unittest

from local import leaks


class Leaks(unittest.TestCase):
    def test_secrets_are_found(self) -> None:
        for line in (
            "key gapi_abcd_0123456789012345678901234567",
            "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc",
            "authorization: Bearer abcdefghijklmnopqrst",
            "cookie __Host-paceline-login=1.a.b",
            "GET /callback?code=abcdefghijklmnop123",
            "the root is root-of-the-stack",
        ):
            self.assertEqual(len(list(leaks.find([line], ["root-of-the-stack"]))), 1, line)

    def test_what_may_be_seen_is_not(self) -> None:
        for line in ("prefix gapi_abcd", "answered a request /auth/google/callback", "Bearer realm"):
            self.assertEqual(list(leaks.find([line], ["root-of-the-stack"])), [], line)

    def test_a_finding_does_not_show_the_secret(self) -> None:
        self.assertNotIn("root-of", "".join(leaks.find(["x root-of-the-stack"], ["root-of-the-stack"])))


if __name__ == "__main__":
    unittest.main()
