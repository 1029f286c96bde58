//! The routes of the API, as `template.yaml` has them.

use std::path::Path;

/// A route.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Its method.
    pub method: String,
    /// Its path below the base path, such as `/messages/{id}`.
    pub path: String,
}

/// All routes except the default one, which answers unknown paths.
pub fn routes() -> Vec<Route> {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../template.yaml");
    let template = std::fs::read_to_string(file).expect("a template");
    let events = template.lines().filter(|line| line.trim() == "Type: HttpApi").count();
    let found: Vec<Route> = template.lines().filter_map(route).collect();
    // None is written in a way that would not be found.
    assert_eq!(found.len() + 1, events, "{found:?}");
    found
}

/// `Properties: { ApiId: !Ref Api, Method: GET, Path: "/api/v1/messages/{id}" }`.
fn route(line: &str) -> Option<Route> {
    let rest = line.trim().strip_prefix("Properties: { ApiId: !Ref Api, Method: ")?;
    let (method, rest) = rest.split_once(", Path: ")?;
    let path = rest.strip_suffix(" }")?.trim_matches('"').strip_prefix("/api/v1")?;
    Some(Route { method: method.to_owned(), path: path.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_routes_of_the_template_are_found() {
        let routes = routes();
        assert!(routes.len() > 20, "{routes:?}");
        let cancel = Route { method: "DELETE".to_owned(), path: "/messages/{id}".to_owned() };
        assert!(routes.contains(&cancel), "{routes:?}");
    }
}
