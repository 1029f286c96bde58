"""Log lines: nothing a function says may get lost on its way to the log."""

import unittest

from local.log_lines import readable


def shown(line: str) -> str:
    return readable("dispatch", line, 0.25).partition(" ")[2]


class Readable(unittest.TestCase):
    def test_a_record_becomes_a_sentence_with_fields(self) -> None:
        line = '{"timestamp":"…","level":"INFO","message":"called the provider","took":52,"of":"a b","span":{"x":1}}'
        self.assertEqual(shown(line), 'dispatch | INFO  called the provider took=52 of="a b"')

    def test_a_field_named_message_is_kept(self) -> None:
        line = '{"level":"WARN","message":"refused","message":"0190"}'
        self.assertEqual(shown(line), "dispatch | WARN  refused message=0190")

    def test_anything_else_stays_as_it_is(self) -> None:
        for line in ("thread 'main' panicked at src/lib.rs:1:1", "[1, 2]", "7", '{"no":"sentence"}', "{}", ""):
            with self.subTest(line):
                self.assertEqual(shown(line + "\n"), f"dispatch | {line}")

    def test_the_time_has_milliseconds(self) -> None:
        self.assertRegex(readable("wake", "x", 1.007), r"^\d\d:\d\d:01\.00[67] wake \| x$")


if __name__ == "__main__":
    unittest.main()
