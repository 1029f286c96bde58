//! Campaigns on their way in: JSON, CSV and uploads, what is reported of them, and what is stored.

use domain::values::ids::CampaignId;
use reqwest::Method;
use serde_json::{Value, json};
use system::account::SHORT_GAPS;
use system::recipients::{Case, Report, Upload, cases};
use system::{Account, Answer, PATIENCE_MS, Stack, eventually, now, report};

/// Far enough ahead that nothing is sent while a test runs.
fn later() -> String {
    now().plus_millis(600_000).to_string()
}

async fn post(account: &Account, session: &str, case: &Case) -> Answer {
    let later = later();
    match &case.upload {
        Upload::Json(list) => {
            let body = json!({
                "sessionId": session, "scheduledAt": later, "defaultMessage": case.default_message, "recipients": list,
                "defaultCountry": case.default_country,
            });
            account.api.post_bulk(&body).await
        }
        Upload::Csv(bytes) => {
            let mut fields = vec![("sessionId", session), ("scheduledAt", &later)];
            for (name, value) in [
                ("defaultMessage", &case.default_message),
                ("defaultCountry", &case.default_country),
                ("encoding", &case.encoding),
            ] {
                fields.extend(value.as_deref().map(|text| (name, text)));
            }
            account.api.post_csv(&fields, bytes).await
        }
    }
}

/// Waits until all rows of a campaign are stored.
async fn stored(account: &Account, id: &str) -> Value {
    eventually(PATIENCE_MS, async || {
        let campaign = account.api.campaign(id).await;
        let is_stored = campaign.body["status"] != "ingesting" && campaign.status == 200;
        if is_stored { Ok(campaign.body) } else { Err(format!("{campaign:?}")) }
    })
    .await
}

/// Number and text of the rows of a campaign, in the order of the rows.
async fn rows(stack: &Stack, session: &str, id: &str) -> Vec<(String, String)> {
    let mut rows: Vec<Value> =
        stack.rows(session).await.into_iter().filter(|row| row["campaignId"] == *id).collect();
    rows.sort_by_key(|row| row["messageId"].to_string());
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    rows.iter().map(|row| (text(row, "to"), text(row, "message"))).collect()
}

/// The rejected rows as an answer lists them, each as place, phone, code and detail.
fn rejected(answer: &Answer, place: &str) -> Vec<(u64, String, String, String)> {
    let list = answer.body["rejected"].as_array().expect("a list");
    let text = |row: &Value, name: &str| row[name].as_str().expect("a text").to_owned();
    let row = |row: &Value| {
        (row[place].as_u64().expect("a place"), text(row, "phone"), text(row, "code"), text(row, "detail"))
    };
    list.iter().map(row).collect()
}

#[tokio::test]
async fn every_case_has_its_exact_report() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    for case in cases() {
        let answer = post(&account, &session, &case).await;
        let place = if matches!(case.upload, Upload::Json(_)) { "index" } else { "line" };
        match &case.report {
            Report { error: Some(error), .. } => {
                assert_eq!(answer.refusal(), (400, "validation_failed"), "{}: {answer:?}", case.name);
                let first = &answer.body["errors"][0];
                for (name, value) in error.as_object().expect("an object") {
                    assert_eq!(&first[name], value, "{}: {answer:?}", case.name);
                }
            }
            Report { accepted, rejected, .. } if accepted.is_empty() => {
                assert_eq!(answer.refusal(), (400, "validation_failed"), "{}: {answer:?}", case.name);
                let errors = answer.body["errors"].as_array().map_or(0, Vec::len);
                assert_eq!(errors, rejected.len(), "{}: {answer:?}", case.name);
            }
            expected => {
                assert_eq!(answer.status, 202, "{}: {answer:?}", case.name);
                assert_eq!(answer.body["accepted"], expected.accepted.len(), "{}", case.name);
                assert_eq!(rejected(&answer, place), expected.rejected, "{}", case.name);
                assert_eq!(answer.body["skippedRows"], expected.skipped, "{}", case.name);
                if let Some((phone, variables)) = &expected.columns {
                    let columns = json!({ "phone": phone, "variables": variables });
                    assert_eq!(answer.body["columns"], columns, "{}", case.name);
                }
                let id = answer.body["campaignId"].as_str().expect("an id");
                assert_eq!(answer.body["jobId"], *id);
                stored(&account, id).await;
                assert_eq!(rows(&stack, &session, id).await, expected.accepted, "{}", case.name);
            }
        }
    }
}

#[tokio::test]
async fn requests_that_are_wrong_are_refused() {
    let stack = Stack::from_env();
    let (account, other) = (Account::create(&stack).await, Account::create(&stack).await);
    let (session, foreign) = (account.sandbox(SHORT_GAPS).await, other.sandbox(SHORT_GAPS).await);
    let file = b"phone,message\n16505550001,hello\n";
    let one = json!([{ "phone": "16505550001", "message": "hello" }]);
    let wrong = [
        (json!({ "recipients": one }), "/sessionId", "required"),
        (json!({ "sessionId": session }), "/recipients", "required"),
        (json!({ "sessionId": session, "recipients": {} }), "/recipients", "wrong_type"),
        (json!({ "sessionId": session, "recipients": one, "delayMin": 1.5 }), "/delayMin", "wrong_type"),
        (
            json!({ "sessionId": session, "recipients": one, "delayMax": 3_600_001 }),
            "/delayMax",
            "out_of_range",
        ),
        (
            json!({ "sessionId": session, "recipients": one, "delayMin": 9000, "delayMax": 8000 }),
            "/delayMin",
            "out_of_range",
        ),
        (json!({ "sessionId": session, "recipients": one, "delayMin": "soon" }), "/delayMin", "wrong_type"),
        (json!({ "sessionId": session, "recipients": one, "name": " " }), "/name", "too_short"),
        (json!({ "sessionId": session, "recipients": one, "priority": 1 }), "/priority", "unknown_field"),
        (
            json!({ "sessionId": session, "recipients": one, "defaultMessage": "{{ a.b }}" }),
            "/defaultMessage",
            "invalid_format",
        ),
        (
            json!({ "sessionId": session, "recipients": one, "scheduledAt": "tomorrow" }),
            "/scheduledAt",
            "invalid_format",
        ),
        (json!({ "sessionId": session, "recipients": vec![&one[0]; 50_001] }), "/recipients", "too_long"),
    ];
    for (body, pointer, code) in wrong {
        let answer = account.api.post_bulk(&body).await;
        assert_eq!(answer.refusal(), (400, "validation_failed"), "{answer:?}");
        assert!(answer.errors().contains(&(pointer.to_owned(), code.to_owned())), "{pointer}: {answer:?}");
    }
    let body = json!({ "sessionId": foreign, "recipients": one });
    assert_eq!(account.api.post_bulk(&body).await.refusal(), (404, "session_not_found"));
    assert_eq!(
        account.api.post_csv(&[("sessionId", &foreign)], file).await.refusal(),
        (404, "session_not_found")
    );
    let body = json!({ "sessionId": foreign, "fileName": "a.csv" });
    assert_eq!(account.api.post_upload(&body).await.refusal(), (404, "session_not_found"));
    let answer = account.api.post_csv(&[("sessionId", &session), ("colour", "red")], file).await;
    assert_eq!(answer.errors(), [("/colour".to_owned(), "unknown_field".to_owned())]);
    let path = "/messages/bulk/csv";
    let answer = account.api.request(Method::POST, path, Some("text/csv"), file.to_vec()).await;
    assert_eq!(answer.refusal(), (415, "unsupported_media_type"));
    for api in [stack.anonymous(), stack.with_key("gapi_aaaa_aaaaaaaaaaaaaaaaaaaaaaaaaaaa")] {
        assert_eq!(api.post_bulk(&json!({})).await.status, 401);
        assert_eq!(api.post_csv(&[], file).await.status, 401);
        assert_eq!(api.post_upload(&json!({})).await.status, 401);
    }
    assert_eq!(stack.rows(&session).await.len() + stack.rows(&foreign).await.len(), 0);
}

#[tokio::test]
async fn an_uploaded_file_becomes_a_campaign() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let body = json!({
        "sessionId": session, "fileName": "list.csv", "defaultMessage": "Hi {{name}}!", "scheduledAt": later(),
        "delayMin": 6000, "delayMax": 7000,
    });
    let answer = account.api.post_upload(&body).await;
    assert_eq!((answer.status, &answer.body["upload"]["method"]), (201, &json!("PUT")), "{answer:?}");
    let (id, upload) = (answer.body["campaignId"].as_str().expect("an id"), &answer.body["upload"]);
    assert_eq!(account.api.campaign(id).await.status, 404, "there is none before the file is there");
    let file = b"\xEF\xBB\xBFName;PHONE\r\nAnn;+1 650 555 0001\r\n;16505550002\r\nBob;16505550003\r\n";
    assert_eq!(account.api.put_file(upload, file.to_vec()).await, 200);
    let again = account.api.put_file(upload, b"phone\n1\n".to_vec()).await;
    assert!(
        [200, 412].contains(&again),
        "{again}: it takes one file, and throws away what comes when that is read"
    );
    let found = eventually(PATIENCE_MS, async || {
        let campaign = account.api.campaign(id).await;
        if campaign.status == 200 { Ok(()) } else { Err(format!("{campaign:?}")) }
    });
    found.await;
    let campaign = stored(&account, id).await;
    assert_eq!((&campaign["name"], &campaign["delayMin"]), (&json!("list.csv"), &json!(6000)), "{campaign}");
    assert_eq!(
        (&campaign["counts"]["total"], &campaign["counts"]["rejected"]),
        (&json!(2), &json!(1)),
        "{campaign}"
    );
    let expected = [("16505550001", "Hi Ann!"), ("16505550003", "Hi Bob!")];
    assert_eq!(rows(&stack, &session, id).await, expected.map(|(to, text)| (to.to_owned(), text.to_owned())));
    let list = stack.object(&format!("campaigns/{}/{id}/rejected.csv", account.id)).await.expect("a list");
    assert!(list.starts_with("line,phone,code,detail\r\n3,\"16505550002\",missing_variable,"), "{list}");
}

#[tokio::test]
async fn a_file_that_cannot_be_read_ends_its_campaign() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let file = b"phone,message\n1,\"";
    let body = json!({ "sessionId": session, "fileName": "list.csv", "size": file.len() });
    let answer = account.api.post_upload(&body).await;
    let id = answer.body["campaignId"].as_str().expect("an id");
    assert_eq!(answer.body["upload"]["headers"]["content-length"], file.len().to_string());
    assert_eq!(account.api.put_file(&answer.body["upload"], file.to_vec()).await, 200);
    let list = eventually(PATIENCE_MS, async || {
        let list = stack.object(&format!("campaigns/{}/{id}/rejected.csv", account.id)).await;
        list.ok_or_else(|| "no list".to_owned())
    });
    assert!(list.await.contains("2,\"\",unclosed_quote,"), "the list says why");
    assert_eq!(stored(&account, id).await["status"], "finished");
    let deleted = eventually(PATIENCE_MS, async || {
        let upload = stack.object(&format!("uploads/{}/{id}.csv", account.id)).await;
        upload.map_or(Ok(()), |_| Err("the file is still there".to_owned()))
    });
    deleted.await;
}

#[tokio::test]
async fn a_campaign_is_sent() {
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let recipients: Vec<Value> = (1..=3).map(|n| json!({ "phone": format!("1650555010{n}") })).collect();
    let body = json!({
        "sessionId": session, "recipients": recipients, "defaultMessage": "hello", "delayMin": 500, "delayMax": 500,
    });
    let answer = account.api.post_bulk(&body).await;
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(3)), "{answer:?}");
    let campaign: CampaignId =
        answer.body["campaignId"].as_str().and_then(|id| id.parse().ok()).expect("an id");
    // The answer comes as soon as the list is safe, and the rows soon after it.
    stored(&account, &campaign.to_string()).await;
    for row in 1..=3 {
        let id = campaign.message(row).to_string();
        let message = account.api.reaches(&id, &["sent", "delivered", "read"], PATIENCE_MS).await;
        assert_eq!(message.attempts(), 1, "{message}");
    }
}

/// Every chunk runs twice more after it has run, some of them at the same time.
#[tokio::test]
async fn rows_are_stored_once_however_often_their_steps_come() {
    const ROWS: usize = 2_050;
    let stack = Stack::from_env();
    let account = Account::create(&stack).await;
    let session = account.sandbox(SHORT_GAPS).await;
    let rows = (0..ROWS).map(|n| format!("1650{n:07},text {n}")).collect::<Vec<_>>().join("\n");
    let begun = now();
    let later = later();
    let fields = [("sessionId", session.as_str()), ("scheduledAt", &later)];
    let answer = account.api.post_csv(&fields, format!("phone,message\n{rows}").as_bytes()).await;
    let answered_ms = now().millis_since(begun);
    assert_eq!((answer.status, &answer.body["accepted"]), (202, &json!(ROWS)), "{answer:?}");
    let id = answer.body["campaignId"].as_str().expect("an id");
    let step =
        |segment: u32| json!({ "accountId": account.id, "campaignId": id, "segment": segment }).to_string();
    for segment in [0, 1, 2, 0] {
        stack.put_step(&step(segment)).await;
    }
    stored(&account, id).await;
    let stored_ms = now().millis_since(begun);
    for segment in [0, 2, 1, 2] {
        stack.put_step(&step(segment)).await;
    }
    eventually(PATIENCE_MS, async || {
        let left = stack
            .queued(id)
            .await
            .into_iter()
            .filter(|message| message.to_string().contains("segment"))
            .count();
        if left == 0 { Ok(()) } else { Err(format!("{left} steps are left")) }
    })
    .await;
    assert_eq!(stack.rows(&session).await.len(), ROWS);
    report(format!("{ROWS} rows: answered after {answered_ms} ms, stored after {stored_ms} ms"));
}
