"""Parameters: a wrong name or value that passes silently would test another stack than the one meant."""

import unittest

from local import parameters

TEMPLATE = {
    "Parameters": {
        "SendPerMinute": {"Type": "Number", "Default": 60},
        "LogLevel": {"Type": "String", "Default": "info"},
        "AllowPrivateProviders": {"Type": "String", "Default": False},
        "Architecture": {"Type": "String", "Default": "arm64"},
        "Password": {"Type": "String", "Default": "x", "NoEcho": True},
    }
}


class Parse(unittest.TestCase):
    def test_reads_words(self) -> None:
        self.assertEqual(parameters.parse("A=1 B='two words' C="), {"A": "1", "B": "two words", "C": ""})

    def test_keeps_what_follows_the_first_equals_sign(self) -> None:
        self.assertEqual(parameters.parse("Filter=a=b"), {"Filter": "a=b"})

    def test_nothing_is_no_parameter(self) -> None:
        self.assertEqual(parameters.parse("  "), {})

    def test_refuses_a_word_without_value(self) -> None:
        for text in ("SendPerMinute", "=5", "A=1 B"):
            with self.subTest(text), self.assertRaises(parameters.ParameterError):
                parameters.parse(text)


class InForce(unittest.TestCase):
    def test_given_goes_before_local_goes_before_default(self) -> None:
        values = parameters.in_force(TEMPLATE, {"SendPerMinute": "600"})
        self.assertEqual(values["SendPerMinute"], "600")
        self.assertEqual(values["LogLevel"], "info")
        self.assertEqual(values["Architecture"], "x86_64")
        self.assertEqual(values["AllowPrivateProviders"], "true")
        values = parameters.in_force(TEMPLATE, {"AllowPrivateProviders": "false"})
        self.assertEqual(values["AllowPrivateProviders"], "false")

    def test_a_boolean_is_written_as_cloudformation_does(self) -> None:
        template = {"Parameters": {"Flag": {"Type": "String", "Default": True}}}
        self.assertEqual(parameters.in_force(template, {}), {"Flag": "true"})

    def test_local_values_need_no_declaration(self) -> None:
        self.assertEqual(parameters.in_force({"Resources": {}}, {}), {})

    def test_a_wrong_name_is_answered_with_the_right_ones(self) -> None:
        with self.assertRaisesRegex(parameters.ParameterError, r"(?s)SendPerMinut\..*mean SendPerMinute.*LogLevel"):
            parameters.in_force(TEMPLATE, {"SendPerMinut": "1"})

    def test_one_without_value_is_named(self) -> None:
        with self.assertRaisesRegex(parameters.ParameterError, "Needed"):
            parameters.in_force({"Parameters": {"Needed": {"Type": "String"}}}, {})


class Typed(unittest.TestCase):
    def test_numbers_are_numbers_and_secrets_are_left_out(self) -> None:
        typed = parameters.typed(TEMPLATE, parameters.in_force(TEMPLATE, {}))
        self.assertEqual(typed["SendPerMinute"], 60)
        self.assertEqual(typed["LogLevel"], "info")
        self.assertNotIn("Password", typed)


if __name__ == "__main__":
    unittest.main()
