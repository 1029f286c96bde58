//! The files that the checks compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use local_functions::{FUNCTIONS, Function};
use serde_json::Value;
use shared::http::Endpoint;
use shared::ports::grants::{GRANTS, Grant};

use crate::code::Code;
use crate::readme::Readme;
use crate::template::Template;
use crate::yaml;

/// The project as far as the checks look at it.
#[derive(Clone, Debug)]
pub struct Project {
    /// `template.yaml`.
    pub template: Template,
    /// The README of each folder of `functions/`, by the folder's name.
    pub readmes: BTreeMap<String, Readme>,
    /// The environment variables that the code of each folder of `functions/` reads.
    pub variables: BTreeMap<String, BTreeSet<String>>,
    /// What each function declares, by its name.
    pub declared: BTreeMap<&'static str, Declared>,
    /// `ops/stack-policy.json`.
    pub stack_policy: Value,
    /// `docs/OPERATIONS.md`.
    pub operations: String,
    /// What each port may do.
    pub grants: BTreeMap<&'static str, Vec<Grant>>,
}

/// What a function declares in its code.
#[derive(Clone, Debug)]
pub struct Declared {
    /// Its endpoints.
    pub endpoints: Vec<Endpoint>,
    /// The ports that its handler is given.
    pub ports: Vec<&'static str>,
}

impl Declared {
    fn of(function: &Function) -> Self {
        Self { endpoints: function.endpoints.to_vec(), ports: function.needs.ports.to_vec() }
    }
}

impl Project {
    /// Reads the project that this crate is part of.
    pub fn load() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let template = yaml::parse(&read(&root.join("template.yaml"))?)?;
        let mut readmes = BTreeMap::new();
        for folder in entries(&root.join("functions"))?.into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            readmes.insert(name, Readme::parse(&read(&folder.join("README.md"))?));
        }
        let declared = FUNCTIONS.iter().map(|function| (function.name, Declared::of(function))).collect();
        let grants = GRANTS.iter().map(|(port, grants)| (*port, grants.to_vec())).collect();
        let variables = read_variables(&root)?;
        let stack_policy = serde_json::from_str(&read(&root.join("ops/stack-policy.json"))?)
            .map_err(|error| format!("ops/stack-policy.json: {error}"))?;
        let operations = read(&root.join("docs/OPERATIONS.md"))?;
        Ok(Self {
            template: Template::new(template),
            readmes,
            variables,
            declared,
            stack_policy,
            operations,
            grants,
        })
    }

    /// Replaces what is at a JSON pointer into the template, or adds it to what is there above it.
    ///
    /// # Panics
    ///
    /// If there is nothing to add it to.
    pub fn set(&mut self, pointer: &str, value: Value) {
        let (parent, key) = self.parent(pointer);
        match parent {
            Value::Array(items) => items[key.parse::<usize>().expect("an index")] = value,
            other => other[key] = value,
        }
    }

    /// Removes what is at a JSON pointer into the template.
    ///
    /// # Panics
    ///
    /// If there is no such thing.
    pub fn remove(&mut self, pointer: &str) {
        let (parent, key) = self.parent(pointer);
        let removed = match parent {
            Value::Array(items) => Some(items.remove(key.parse().expect("an index"))),
            other => other.as_object_mut().and_then(|entries| entries.remove(key)),
        };
        assert!(removed.is_some(), "nothing at {pointer}");
    }

    fn parent<'a>(&mut self, pointer: &'a str) -> (&mut Value, &'a str) {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        (self.template.root_mut().pointer_mut(parent).expect("a parent"), key)
    }
}

fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}

fn entries(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let found = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    Ok(found.filter_map(Result::ok).map(|entry| entry.path()).collect())
}

/// The variables that each function's code reads.
fn read_variables(root: &Path) -> Result<BTreeMap<String, BTreeSet<String>>, String> {
    let shared = read_code(root)?;
    let mut variables = BTreeMap::new();
    for function in FUNCTIONS {
        let mut code = shared.clone();
        code.add(&read(&root.join("functions").join(function.name).join("src/lib.rs"))?);
        variables.insert(function.name.to_owned(), variables_of(&code, function)?);
    }
    Ok(variables)
}

fn variables_of(code: &Code, function: &Function) -> Result<BTreeSet<String>, String> {
    let fronts = function.endpoints.iter().flat_map(Endpoint::needs);
    let asked = fronts.chain([function.needs]).flat_map(|needs| needs.parts.iter().chain(needs.settings));
    let limits = function.endpoints.iter().filter_map(|endpoint| endpoint.limit);
    let choices: BTreeSet<String> = limits.map(|limit| format!("LimitKind::{limit:?}")).collect();
    let limit = (!choices.is_empty()).then_some("public_front");
    let names: Vec<&str> = asked.copied().chain(limit).chain(["start_logging", "trusted_proxy"]).collect();
    match names.iter().find(|name| !code.knows(name)) {
        Some(unknown) => Err(format!("{}: nothing says how {unknown} is made", function.name)),
        None => Ok(code.read_by(names, &choices)),
    }
}

/// The code that functions are started with.
fn read_code(root: &Path) -> Result<Code, String> {
    let mut code = Code::default();
    for file in ["config.rs", "runtime/stack.rs", "runtime/world.rs"] {
        code.add(&read(&root.join("shared/src").join(file))?);
    }
    Ok(code)
}
