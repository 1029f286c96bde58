//! The files that the checks compare.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::code::Code;
use crate::readme::Readme;
use crate::template::Template;
use crate::yaml;

/// The project as far as the checks look at it.
#[derive(Clone, Debug, PartialEq)]
pub struct Project {
    /// `template.yaml`.
    pub template: Template,
    /// The README of each folder of `functions/`, by the folder's name.
    pub readmes: BTreeMap<String, Readme>,
    /// The environment variables that the code of each folder of `functions/` reads.
    pub variables: BTreeMap<String, BTreeSet<String>>,
}

impl Project {
    /// Reads the project that this crate is part of.
    pub fn load() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let template = yaml::parse(&read(&root.join("template.yaml"))?)?;
        let (mut readmes, mut variables) = (BTreeMap::new(), BTreeMap::new());
        let code = read_code(&root.join("shared/src"))?;
        for folder in entries(&root.join("functions"))?.into_iter().filter(|path| path.is_dir()) {
            let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
            readmes.insert(name.clone(), Readme::parse(&read(&folder.join("README.md"))?));
            variables.insert(name, code.read_by(&read(&folder.join("src/main.rs"))?));
        }
        Ok(Self { template: Template::new(template), readmes, variables })
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

/// The code that functions are started with.
fn read_code(shared: &Path) -> Result<Code, String> {
    let mut code = Code::default();
    code.add(&read(&shared.join("config.rs"))?);
    for file in entries(&shared.join("runtime"))? {
        code.add(&read(&file)?);
    }
    Ok(code)
}
