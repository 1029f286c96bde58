//! What a function's `README.md` says about it, in tables under fixed headings.

use std::collections::{BTreeMap, BTreeSet};

/// The tables of a function's README that are compared with the template.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readme {
    /// First column under `## Environment`.
    pub environment: BTreeSet<String>,
    /// First and second column under `## Permissions`: the port, and its actions.
    pub permissions: BTreeMap<String, BTreeSet<String>>,
    /// The headings of the second level.
    pub headings: Vec<String>,
}

impl Readme {
    /// Reads the tables out of the text.
    pub fn parse(text: &str) -> Self {
        let mut readme = Self::default();
        for line in text.lines() {
            if let Some(heading) = line.strip_prefix("## ") {
                readme.headings.push(heading.trim().to_owned());
            } else if line.starts_with('|') {
                readme.row(line);
            }
        }
        readme
    }

    fn row(&mut self, line: &str) {
        let mut cells = line.trim_matches('|').split('|').map(code_spans);
        // The rows of titles and dashes have no code in their first cell.
        let Some(name) = cells.next().and_then(|names| names.into_iter().next()) else { return };
        match self.headings.last().map(String::as_str) {
            Some("Environment") => {
                self.environment.insert(name);
            }
            Some("Permissions") => {
                self.permissions.insert(name, cells.next().unwrap_or_default());
            }
            _ => {}
        }
    }
}

/// The texts between backticks.
fn code_spans(cell: &str) -> BTreeSet<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_read_under_their_headings() {
        let text = "# x\n## Environment\n| variable | what |\n|---|---|\n| `A` | not `B` |\n## Permissions\n| port | actions |\n|---|---|\n| `P` | `x:One`, `x:Two` | `why` |\n";
        let readme = Readme::parse(text);
        assert_eq!(readme.environment, BTreeSet::from(["A".to_owned()]));
        let actions = BTreeSet::from(["x:One".to_owned(), "x:Two".to_owned()]);
        assert_eq!(readme.permissions, BTreeMap::from([("P".to_owned(), actions)]));
    }
}
