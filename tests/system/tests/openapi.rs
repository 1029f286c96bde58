//! The contract, as it is published.

use reqwest::Method;
use system::Stack;

#[tokio::test]
async fn the_contract_is_shown_to_anybody() {
    let api = Stack::from_env().anonymous();
    let document = api.raw(Method::GET, "/openapi.json").await;
    assert_eq!((document.status, document.header("content-type")), (200, "application/json"));
    assert_eq!(document.body, document::document());
    let page = api.raw(Method::GET, "/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, "text/html; charset=utf-8"));
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"), "{page:?}");
    assert!(page.bytes > 10_000, "{}", page.bytes);
}
