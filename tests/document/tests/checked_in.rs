//! The document that is checked in is the one that the code declares.

#[test]
fn the_document_is_what_the_endpoints_declare() {
    let kept = std::fs::read_to_string(document::file()).unwrap();
    assert!(kept == document::written(), "functions/openapi/openapi.json is old: run `make document`");
}
