//! Inputs that real people sent to gateways like this one, each with what is right. Recipients of campaigns have a table of
//! their own, `tests/system/tests/recipients.json`.

#![expect(clippy::unwrap_used, reason = "a test")]

use domain::message::{Content, ContentType};
use domain::providers::ProviderConfig;
use domain::request::{
    BulkContext, BulkRequest, BulkRules, CampaignTerms, ConversationsRequest, FieldError, ListRequest,
    SendRequest, SessionChange, SessionRequest, SessionRules,
};
use domain::sending::pacing::Pacing;
use domain::session::Session;
use domain::values::country::Country;
use domain::values::ids::{AccountId, SessionId};
use domain::values::time::Timestamp;
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);

fn session(kind: &str, country: Option<&str>) -> Session {
    let provider = match kind {
        "waha" => json!({ "kind": "waha", "baseUrl": "https://waha.example", "apiKey": "k", "session": "s" }),
        "cloud_api" => json!({
            "kind": "cloud_api", "phoneNumberId": "1", "accessToken": "t", "appSecret": "s", "verifyToken": "v",
        }),
        kind => json!({ "kind": kind }),
    };
    let body = json!({ "name": "shop", "provider": provider, "defaultCountry": country });
    let SessionRequest { name, provider, settings } = SessionRequest::parse(&body, &RULES).unwrap();
    let ids = (SessionId::new(NOW, 1), AccountId::new(NOW, 2));
    settings.applied_to(Session::new(ids.0, ids.1, name, provider, NOW))
}

const RULES: SessionRules =
    SessionRules { default_pacing: Pacing::DEFAULT, gap_floor_ms: 1_000, allow_private_providers: false };

/// A send through a session with some fields changed.
fn send(session: &Session, changes: &Value) -> Result<SendRequest, Vec<FieldError>> {
    let mut body = json!({ "sessionId": session.session_id, "to": "16505551234", "message": "hello" });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    SendRequest::parse(&body, NOW, Some(session))
}

/// The one error of a request: pointer and code, and what is said.
fn refusal<T: std::fmt::Debug>(result: Result<T, Vec<FieldError>>) -> (String, String) {
    let errors = result.unwrap_err();
    assert_eq!(errors.len(), 1, "{errors:?}");
    (format!("{} {}", errors[0].pointer, errors[0].code.name()), errors[0].detail.clone())
}

#[test]
fn numbers_are_read_as_they_are_written() {
    let session = session("waha", None);
    for (written, read) in [
        ("0033199000001", "33199000001"),
        ("00 44 20 7946 0958", "442079460958"),
        ("0049-171-3920001", "491713920001"),
        ("+49 (0) 171 3920001", "491713920001"),
        ("+44 (0)20 7946 0958", "442079460958"),
        ("49 (0)171 3920001", "491713920001"),
        ("+39 06 5550100", "39065550100"),
        ("+39 (0)6 5550100", "39065550100"),
        ("+225 (0)7 01 23 45 67", "2250701234567"),
        ("1234567890", "1234567890"),
        ("\u{202A}+55 11 98765-4321\u{202C}", "5511987654321"),
        ("\u{200E}5511987654321", "5511987654321"),
        ("\u{FEFF}5511987654321", "5511987654321"),
        ("55119\u{200B}87654321", "5511987654321"),
        ("55\u{A0}11\u{2009}98765\u{2011}4321", "5511987654321"),
        ("55\u{3000}11 98765\u{2013}4321", "5511987654321"),
        ("5511987654321\r\n", "5511987654321"),
        ("\t5511987654321", "5511987654321"),
        ("1.650.555.0100", "16505550100"),
        ("49/171/3920001", "491713920001"),
        ("５５１１９８７６５４３２１", "5511987654321"),
        ("٥٥١١٩٨٧٦٥٤٣٢١", "5511987654321"),
        ("＋５５（１１）９８７６５－４３２１", "5511987654321"),
        ("tel:+5511987654321", "5511987654321"),
        ("TEL:+55-11-98765-4321", "5511987654321"),
        ("'5511987654321", "5511987654321"),
        ("=\"5511987654321\"", "5511987654321"),
        ("=\"+5511987654321\"", "5511987654321"),
        ("(+49) 171 3920001", "491713920001"),
        ("276712445202476@lid", "276712445202476@lid"),
        (" 276712445202476@LID ", "276712445202476@lid"),
        ("1234567890@c.us", "1234567890"),
        ("120363000000000000@g.us", "120363000000000000@g.us"),
        ("491713920001-1419338280@g.us", "491713920001-1419338280@g.us"),
    ] {
        assert_eq!(send(&session, &json!({ "to": written })).unwrap().to.as_str(), read, "{written:?}");
        // The filter of lists reads the same.
        let list = ListRequest::parse(&json!({ "to": written })).unwrap();
        assert_eq!(list.filters.to.unwrap().as_str(), read, "{written:?}");
    }
    assert_eq!(send(&session, &json!({ "to": 5_511_987_654_321_u64 })).unwrap().to.as_str(), "5511987654321");
}

#[test]
fn what_is_no_number_is_refused_with_the_reason() {
    let session = session("sandbox", None);
    for (written, said) in [
        (json!("01713920001"), "country code is missing"),
        (json!("020 7946 0958"), "country code is missing"),
        (json!("(0)171 3920001"), "country code is missing"),
        (json!("0000000"), "7 to 15 digits"),
        (json!("0000000000"), "begins with 0"),
        (json!("+0171 3920001"), "begins with 0"),
        (json!("551198\u{7}7654321"), "U+0007"),
        (json!("5.51E+12"), "rounded"),
        (json!("5,51E+12"), "rounded"),
        (json!("5511987654321.0"), "rounded"),
        (json!("5511987654321.00"), "rounded"),
        (json!("-5511987654321"), "negative"),
        (json!("\u{2212}5511987654321"), "negative"),
        (json!(-5_511_987_654_321_i64), "negative"),
        (json!(5_511_987_654_321.5), "rounded"),
        (json!(5.51e30), "rounded"),
        (json!("+1650+5551234"), "'+'"),
        (json!("1650555CALL"), "'C'"),
        (json!("16505551234;16505551235"), "';'"),
        (json!("16505551234 ext. 5"), "'e'"),
        (json!("status@broadcast"), "no chat to write to"),
        (json!("120363@newsletter"), "no chat to write to"),
        (json!("16505551234@s.whatsapp.net"), "no chat to write to"),
        (json!("+16505551234@c.us"), "no chat to write to"),
        (json!("@lid"), "no chat to write to"),
        (json!("a@lid"), "no chat to write to"),
    ] {
        let (error, detail) = refusal(send(&session, &json!({ "to": written })));
        assert_eq!(error, "/to invalid_format", "{written}");
        assert!(detail.contains(said), "{written}: {detail}");
    }
}

#[test]
fn the_country_of_a_national_number_is_that_of_the_request_or_of_the_session() {
    for (written, session_country, country, read) in [
        ("0171 3920001", None, Some("DE"), "491713920001"),
        ("0171 3920001", Some("DE"), None, "491713920001"),
        ("020 7946 0958", None, Some("gb"), "442079460958"),
        ("01 99 00 00 01", None, Some("FR"), "33199000001"),
        ("06 5550100", None, Some("IT"), "39065550100"),
        ("06 20 123 4567", None, Some("HU"), "36201234567"),
        ("07 01 23 45 67", None, Some("CI"), "2250701234567"),
        ("(0171) 3920001", None, Some("DE"), "491713920001"),
        ("011 2345-6789", None, Some("AR"), "541123456789"),
        ("01 99 00 00 01", Some("DE"), Some("FR"), "33199000001"),
        // Nothing else is changed by it.
        ("+33 1 99 00 00 01", None, Some("DE"), "33199000001"),
        ("0033199000001", None, Some("DE"), "33199000001"),
        ("33199000001", None, Some("DE"), "33199000001"),
        ("89161234567", None, Some("RU"), "89161234567"),
    ] {
        let session = session("waha", session_country);
        let sent = send(&session, &json!({ "to": written, "defaultCountry": country }));
        assert_eq!(sent.unwrap().to.as_str(), read, "{written} in {country:?}");
    }
}

#[test]
fn a_country_or_its_number_may_be_wrong() {
    let in_germany = session("waha", Some("DE"));
    for country in ["ZZ", "Germany", "UK", "D", "49"] {
        let (error, _) = refusal(send(&in_germany, &json!({ "defaultCountry": country })));
        assert_eq!(error, "/defaultCountry invalid_format", "{country}");
    }
    for (written, country) in [
        ("0650 555 1234", "US"),
        ("0612 345 678", "ES"),
        ("0916 123 45 67", "RU"),
        ("021 11 98765 4321", "BR"),
    ] {
        let (error, detail) =
            refusal(send(&in_germany, &json!({ "to": written, "defaultCountry": country })));
        assert_eq!(error, "/to invalid_format", "{written}");
        assert!(detail.contains(country), "{detail}");
    }
}

#[test]
fn a_provider_refuses_the_names_that_it_does_not_know() {
    let (lid, chat, group) = ("276712445202476@lid", "1234567890@c.us", "120363000000000000@g.us");
    let user = "US.13491208655302741918";
    for (kind, taken, refused) in [
        ("waha", vec![lid, chat, group], vec![user]),
        ("cloud_api", vec![user], vec![lid, chat, group]),
        ("sandbox", vec![lid, chat, group, user], vec![]),
    ] {
        let session = session(kind, None);
        for to in taken {
            assert!(send(&session, &json!({ "to": to })).is_ok(), "{kind} {to}");
        }
        for to in refused {
            let (error, _) = refusal(send(&session, &json!({ "to": to })));
            assert_eq!(error, "/to not_supported_by_provider", "{kind} {to}");
        }
    }
}

#[test]
fn what_is_optional_and_empty_is_absent() {
    let session = session("waha", None);
    let empty = json!({
        "mediaUrl": "", "mediaCaption": "", "scheduledAt": "", "type": "", "priority": "", "fileName": "",
        "mimeType": "", "defaultCountry": "", "linkPreview": "",
    });
    assert_eq!(send(&session, &empty).unwrap(), send(&session, &json!({})).unwrap());
    let list =
        ListRequest::parse(&json!({ "status": "", "to": "", "sessionId": "", "limit": "", "page": "" }));
    assert_eq!(list, ListRequest::parse(&json!({})));
}

#[test]
fn numbers_may_be_texts_and_limits_are_no_trap() {
    let session = session("waha", None);
    for (priority, read) in [(json!(5.0), 5), (json!(1.0), 1), (json!("10"), 10)] {
        assert_eq!(send(&session, &json!({ "priority": priority })).unwrap().priority.number(), read);
    }
    let list = ListRequest::parse(&json!({ "limit": "200", "page": "2" })).unwrap();
    assert_eq!(list.limit, 100);
    assert_eq!(ConversationsRequest::parse(&json!({ "limit": "99999999999999999999" })).unwrap().limit, 100);
    for delays in [json!(["5000", "15000"]), json!([5000.0, " 15000 "]), json!([5000, 15000])] {
        let terms = campaign(&session, &json!({ "delayMin": delays[0], "delayMax": delays[1] })).unwrap();
        assert_eq!(terms.pacing, Pacing::new(5_000, 15_000).unwrap(), "{delays}");
    }
}

fn campaign(session: &Session, changes: &Value) -> Result<CampaignTerms, Vec<FieldError>> {
    let mut body = json!({ "sessionId": session.session_id });
    body.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let rules = BulkRules { gap_floor_ms: 1_000 };
    CampaignTerms::parse(&body, BulkContext { now: NOW, rules, session: Some(session) })
}

#[test]
fn times_are_numbers_or_bear_their_zone() {
    let session = session("waha", None);
    let hour = NOW.plus_millis(3_600_000);
    for written in [
        json!(hour.as_millis()),
        json!(hour.as_seconds()),
        json!(hour.as_seconds().to_string()),
        json!(hour.to_string()),
    ] {
        let sent = send(&session, &json!({ "scheduledAt": written })).unwrap();
        assert_eq!(sent.scheduled_at, Some(hour), "{written}");
    }
    for (written, said) in [
        ("2030-04-20T10:00:00", "write 2030-04-20T10:00:00Z"),
        ("2030-04-20 10:00:00", "write 2030-04-20T10:00:00Z"),
        ("2026-04-20T05:48:21+24:00", "RFC 3339"),
        ("2026-04-20T05:48:21+25:59", "RFC 3339"),
        ("2026-04-20T05:48:21-24:00", "RFC 3339"),
        ("2026-04-20T10:30:60Z", "RFC 3339"),
    ] {
        let (error, detail) = refusal(send(&session, &json!({ "scheduledAt": written })));
        assert_eq!(error, "/scheduledAt invalid_format", "{written}");
        assert!(detail.contains(said), "{written}: {detail}");
    }
    let list =
        ListRequest::parse(&json!({ "since": hour.to_string(), "until": "2030-01-01T00:00:00Z" })).unwrap();
    assert_eq!(list.filters.since, Some(hour));
}

#[test]
fn media_beside_a_text_are_ignored_and_that_is_said() {
    let session = session("waha", None);
    let beside = json!({ "type": "text", "mediaUrl": "no url", "mediaCaption": "c" });
    let sent = send(&session, &beside).unwrap();
    assert_eq!(sent.content, Content::text("hello"));
    let pointers: Vec<&str> = sent.warnings.iter().map(|warning| warning.pointer).collect();
    assert_eq!(pointers, ["/mediaUrl", "/mediaCaption"]);
    assert_eq!(send(&session, &json!({ "type": "text" })).unwrap().warnings, []);
    let (error, _) = refusal(send(&session, &json!({ "mediaUrl": "https://example.com/a.png" })));
    assert_eq!(error, "/type required");
}

#[test]
fn what_cannot_be_seen_is_no_text() {
    let session = session("waha", None);
    for text in [" ", "\n", "\u{200B}", "\u{2800}", "\u{3164}\u{FE0F}", "\t\r\n \u{A0}"] {
        let (error, _) = refusal(send(&session, &json!({ "message": text })));
        assert_eq!(error, "/message required", "{text:?}");
    }
}

#[test]
fn a_wrong_url_says_which_character_is_the_trouble() {
    let session = session("waha", None);
    for (url, said) in [
        ("https://example.com/my photo.jpg", "U+0020"),
        ("https://example.com/100% off.pdf", "U+0020"),
        ("https://example.com/100%off.pdf", "%25"),
        ("https://example.com/50%", "%25"),
        ("https://example.com/a\nb", "U+000A"),
        ("ftp://example.com/a", "http or https"),
    ] {
        let body = json!({ "type": "file", "message": null, "mediaUrl": url });
        let (error, detail) = refusal(send(&session, &body));
        assert_eq!(error, "/mediaUrl invalid_format", "{url}");
        assert!(detail.contains(said), "{url}: {detail}");
    }
    for url in ["HTTPS://EXAMPLE.COM/a.JPG", "Https://example.com/%E4%20b", "http://example.com:8080/a?b#c"] {
        let sent = send(&session, &json!({ "type": "image", "message": null, "mediaUrl": url })).unwrap();
        assert_eq!(sent.content.media_url.as_deref(), Some(url));
    }
}

#[test]
fn a_file_has_the_name_and_type_that_its_sender_says() {
    let session = session("waha", None);
    let said = json!({
        "type": "file", "message": null, "mediaUrl": "https://example.com/files/123", "fileName": "Offer.pdf",
        "mimeType": "application/pdf",
    });
    let expected = Content {
        media_url: Some("https://example.com/files/123".to_owned()),
        file_name: Some("Offer.pdf".to_owned()),
        mime_type: Some("application/pdf".to_owned()),
        ..Content::empty(ContentType::File)
    };
    assert_eq!(send(&session, &said).unwrap().content, expected);
    for (link_preview, shown) in [(json!(null), true), (json!(true), true), (json!(false), false)] {
        let sent = send(&session, &json!({ "linkPreview": link_preview })).unwrap();
        assert_eq!(sent.content.has_link_preview(), shown);
        let terms = campaign(&session, &json!({ "linkPreview": link_preview.to_string() }));
        assert_eq!(
            terms.is_ok_and(|terms| terms.link_preview == link_preview.as_bool()),
            !link_preview.is_null()
        );
    }
}

#[test]
fn the_sandbox_needs_no_gaps_and_all_others_do() {
    let none = json!({ "minGapMs": 0, "maxGapMs": 0 });
    let body = |kind: &str| json!({ "name": "s", "provider": { "kind": kind }, "pacing": none });
    let sandbox = SessionRequest::parse(&body("sandbox"), &RULES).unwrap();
    assert_eq!(sandbox.settings.pacing, Pacing::new(0, 0).ok());
    assert!(campaign(&session("sandbox", None), &json!({ "delayMin": 0, "delayMax": 0 })).is_ok());
    let (waha, fast) = (session("waha", None), json!({ "delayMin": 0, "delayMax": 2_000 }));
    assert_eq!(refusal(campaign(&waha, &fast)).0, "/delayMin out_of_range");
    assert_eq!(
        refusal(change(&waha, &json!({ "pacing": { "minGapMs": 0 } }))).0,
        "/pacing/minGapMs out_of_range"
    );
    // A sandbox that becomes something else must not keep them.
    let sandbox = Session { provider: ProviderConfig::Sandbox, pacing: Pacing::new(0, 0).ok(), ..waha };
    let provider =
        json!({ "kind": "waha", "baseUrl": "https://waha.example", "apiKey": "k", "session": "s" });
    assert_eq!(refusal(change(&sandbox, &json!({ "provider": provider }))).0, "/pacing required");
    let paced = json!({ "provider": provider, "pacing": { "minGapMs": 1_000, "maxGapMs": 2_000 } });
    assert!(change(&sandbox, &paced).is_ok());
}

fn change(session: &Session, body: &Value) -> Result<Session, Vec<FieldError>> {
    SessionChange::parse(body, &RULES, session).map(|change| change.applied_to(session.clone()))
}

#[test]
fn the_country_of_a_session_is_set_changed_and_taken_away() {
    let name = |session: &Session| session.default_country.map(Country::name);
    let session = session("waha", Some("de"));
    assert_eq!(name(&session), Some("DE"));
    for (body, expected) in [
        (json!({}), Some("DE")),
        (json!({ "defaultCountry": "" }), Some("DE")),
        (json!({ "defaultCountry": "FR" }), Some("FR")),
        (json!({ "defaultCountry": null }), None),
    ] {
        assert_eq!(name(&change(&session, &body).unwrap()), expected, "{body}");
    }
}

/// A placeholder that is left in a text goes to nobody, and neither does a template that is none.
#[test]
fn a_default_message_must_be_a_template() {
    let session = session("waha", None);
    for text in ["{{1.5}}", "{{\"name\"}}", "{{a?.b}}", "{{", "{{ name"] {
        let (error, _) = refusal(campaign(&session, &json!({ "defaultMessage": text })));
        assert_eq!(error, "/defaultMessage invalid_format", "{text}");
    }
    for text in ["{{1}}", "{{true}}", "{{First Name}} {{order-id}}", "{% if %} }} {x}"] {
        assert!(campaign(&session, &json!({ "defaultMessage": text })).is_ok(), "{text}");
    }
}

/// Work follows from the size of a request, whatever is in it: variables that are looked up under other spellings.
#[test]
fn many_variables_under_other_spellings_are_found_in_time() {
    let variables: Value = (0..5_000).map(|n| (format!("Name {n}"), Value::from(n))).collect();
    let text = "{{NAME_1}}".repeat(400);
    let body = json!({
        "sessionId": SessionId::new(NOW, 1), "defaultMessage": text, "recipients": [{ "phone": "16505551234", "variables": variables }],
    });
    let context = BulkContext { now: NOW, rules: BulkRules { gap_floor_ms: 0 }, session: None };
    let request = BulkRequest::parse(&body, context).unwrap();
    let variables = domain::bulk::json::JsonVariables::of(&request.recipients[0]);
    let mut sieve = domain::bulk::Sieve::new(Some(&text), request.terms.recipients).unwrap();
    #[expect(clippy::disallowed_methods, reason = "how long it takes is what is tested")]
    let begun = std::time::Instant::now();
    let recipient = domain::bulk::json::recipient(0, &request.recipients[0], &variables).unwrap();
    assert_eq!(sieve.pass(&recipient).unwrap().text, "1".repeat(400));
    assert!(begun.elapsed().as_secs() < 5, "{:?}", begun.elapsed());
}
