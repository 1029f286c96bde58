"""How the secret changes when it is exchanged."""

import unittest

from ops import secret_cli


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

    def test_no_secret_is_made_twice(self) -> None:
        made = {secret_cli.stage({"current": "a"})["next"] for _ in range(20)}
        self.assertEqual(len(made), 20)


if __name__ == "__main__":
    unittest.main()
