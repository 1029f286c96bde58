//! Which environment variables the functions' code reads.
//!
//! A function names the parts of the world and the settings that it asks for. How the stack makes each of them is a row of
//! `give!` in `shared/src/runtime/world.rs`, which reads variables and calls what reads more. So the variables of a function
//! are found by following the rows and calls from those names. What is read in an arm such as `LimitKind::Send => …` is read
//! only for a function that makes that choice.

use std::collections::{BTreeMap, BTreeSet};

/// What a piece of code reads and calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Uses {
    /// Variables, and the choice that they are read for.
    variables: BTreeSet<(String, Option<String>)>,
    calls: BTreeSet<String>,
}

/// The code that functions are started with, by the names of functions, parts of the world and types.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Code(BTreeMap<String, Uses>);

impl Code {
    /// Adds a source file.
    pub fn add(&mut self, source: &str) {
        let mut current = String::new();
        for line in source.lines().map(str::trim).filter(|line| !line.starts_with("//")) {
            if let Some((part, made_of)) = alias(line) {
                self.0.entry(part.to_owned()).or_default().calls.insert(made_of.to_owned());
                continue;
            }
            if let Some(name) = defined_name(line) {
                name.clone_into(&mut current);
            }
            let uses = self.0.entry(current.clone()).or_default();
            uses.variables.extend(variables(line).map(|variable| (variable, choice(line))));
            uses.calls.extend(calls(line).chain(parts(line)));
        }
    }

    /// The variables that are read for what has these names, when these choices are made.
    pub fn read_by<'a>(
        &self,
        names: impl IntoIterator<Item = &'a str>,
        choices: &BTreeSet<String>,
    ) -> BTreeSet<String> {
        let (mut found, mut seen) = (BTreeSet::new(), BTreeSet::new());
        let mut open: Vec<String> = names.into_iter().map(str::to_owned).collect();
        while let Some(name) = open.pop() {
            let Some(uses) = self.0.get(&name).filter(|_| seen.insert(name.clone())) else { continue };
            let is_made =
                |choice: &Option<String>| choice.as_ref().is_none_or(|choice| choices.contains(choice));
            let read = uses.variables.iter().filter(|(_, choice)| is_made(choice));
            found.extend(read.map(|(variable, _)| variable.clone()));
            open.extend(uses.calls.iter().cloned());
        }
        found
    }

    /// Whether there is anything of this name.
    pub fn knows(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The part of the world, and the type that stands behind it: `type Sessions = DynamoSessions;`.
fn alias(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix("type ")?.strip_suffix(';')?.split_once(" = ")
}

/// The name of what a line begins to define: a row of `give!`, an `impl Give<…>`, or a function.
fn defined_name(line: &str) -> Option<&str> {
    let row = || line.split_once(": |").map(|(made, _)| made);
    let own = || line.strip_prefix("impl Give<")?.strip_suffix("> for Stack {");
    own().or_else(row).or_else(|| function_name(line).filter(|name| *name != "give"))
}

fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_definition = before.is_empty() || before.ends_with(' ');
    let name = after.split(|letter: char| !is_part_of_name(letter)).next()?;
    (is_definition && !name.is_empty()).then_some(name)
}

/// The texts in capitals that stand alone as an argument: `("LOG_LEVEL")`.
fn variables(line: &str) -> impl Iterator<Item = String> {
    let arguments =
        line.split("(\"").skip(1).filter_map(|rest| rest.split_once("\")")).map(|(argument, _)| argument);
    let in_capitals = |text: &&str| {
        !text.is_empty() && text.chars().all(|letter| letter.is_ascii_uppercase() || letter == '_')
    };
    arguments.filter(in_capitals).map(str::to_owned)
}

/// The variant of an enum whose arm of a `match` a line is.
fn choice(line: &str) -> Option<String> {
    let (pattern, _) = line.split_once(" => ")?;
    let inner = pattern.trim_start_matches("Some(").trim_end_matches(')');
    inner.contains("::").then(|| inner.to_owned())
}

/// The names that an opening bracket follows.
fn calls(line: &str) -> impl Iterator<Item = String> {
    let before_brackets = line.split('(').rev().skip(1);
    let last_names =
        before_brackets.filter_map(|text| text.rsplit(|letter: char| !is_part_of_name(letter)).next());
    last_names.filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The types of the parts that something is made of: `part::<Vault>()`.
fn parts(line: &str) -> impl Iterator<Item = String> {
    let after = line.split("part::<").skip(1);
    after.filter_map(|rest| rest.split_once(">(")).map(|(made, _)| made.to_owned())
}

fn is_part_of_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(source: &str, names: &[&str], choices: &[&str]) -> Vec<String> {
        let mut code = Code::default();
        code.add(source);
        let choices = choices.iter().map(|choice| (*choice).to_owned()).collect();
        code.read_by(names.iter().copied(), &choices).into_iter().collect()
    }

    #[test]
    fn only_the_choice_that_was_made_is_read() {
        let source = "fn front(&self, kind: Kind) {\n    match kind {\n        Some(Kind::A) => text(\"A\"),\n        \
                      Some(Kind::B) => text(\"B\"),\n    }\n}";
        assert_eq!(read(source, &["front"], &["Kind::A"]), ["A"]);
    }

    #[test]
    fn variables_are_found_through_parts_and_calls() {
        let source = "type Rows = Dynamo;\ntype Unused = Other;\ngive! {\n    \
                      Dynamo: |s| Dynamo::new(\n        s.env.text(\"TABLE\"),\n        s.part::<Vault>()?,\n    );\n    \
                      Vault: |s| Vault::new(s.secret()?)?;\n    Other: |s| s.env.text(\"UNUSED\");\n}\n\
                      /// Not text(\"IN_A_COMMENT\").\n\
                      fn secret(&self) {\n    missing(\"SECRET_ARN\");\n    panic!(\"NO variable\")\n}\n";
        assert_eq!(read(source, &["Rows"], &[]), ["SECRET_ARN", "TABLE"]);
    }

    #[test]
    fn a_functions_own_setting_is_found() {
        let source =
            "impl Give<Settings> for Stack {\n    fn give(&self) {\n        text(\"APP_URL\")\n    }\n}";
        assert_eq!(read(source, &["Settings"], &[]), ["APP_URL"]);
    }
}
