//! The files that the checks compare.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

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
}

impl Project {
    /// Reads the project that this crate is part of.
    pub fn load() -> Result<Self, String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let template = yaml::parse(&read(&root.join("template.yaml"))?)?;
        Ok(Self { template: Template::new(template), readmes: read_readmes(&root.join("functions"))? })
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

fn read_readmes(functions: &Path) -> Result<BTreeMap<String, Readme>, String> {
    let folders = fs::read_dir(functions).map_err(|error| format!("{}: {error}", functions.display()))?;
    folders
        .filter_map(Result::ok)
        .filter(|entry| entry.path().is_dir())
        .map(|entry| {
            let text = read(&entry.path().join("README.md"))?;
            Ok((entry.file_name().to_string_lossy().into_owned(), Readme::parse(&text)))
        })
        .collect()
}
