//! The table of recipients in CSV and JSON, each with the exact report of what becomes of them.
//!
//! The table is that of the tests of the whole system, `tests/system/tests/recipients.json`, which upload the same.

#![expect(clippy::unwrap_used, clippy::format_collect, clippy::format_push_string, reason = "a test")]

#[path = "../../../tests/system/src/recipients.rs"]
pub mod recipients;

use domain::bulk::csv::{CsvReader, TextEncoding};
use domain::bulk::json::{JsonVariables, recipient};
use domain::bulk::{
    Intake, Preparation, Prepared, Recipient, RecipientRules, Rejection, Segment, SegmentRow, Sieve,
};
use domain::limits::CSV_RECORD_MAX_BYTES;
use domain::request::{BulkContext, BulkRequest, BulkRules};
use domain::tuning::SEGMENT_ROWS;
use domain::values::time::Timestamp;
use proptest::prelude::*;
use recipients::{Case, Report, Upload, cases};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_millis(1_776_679_200_000);
const SESSION: &str = "0193b3c0-0000-7000-8000-000000000001";

/// Counts what it is given.
#[derive(Default)]
struct Counter(u32);

impl Intake for Counter {
    fn take(&mut self, _: Result<Recipient<'_>, Rejection>) {
        self.0 += 1;
    }
}

/// Everything that comes out of a preparation.
fn gather(mut preparation: Preparation<'_>) -> (Vec<SegmentRow>, Prepared) {
    let mut segments = preparation.full_segments();
    let (last, prepared) = preparation.finish();
    segments.extend(last);
    assert_eq!(prepared.segments as usize, segments.len());
    let rows = segments.iter().flat_map(|segment| Segment::read(&segment.lines).unwrap()).collect();
    (rows, prepared)
}

fn read_csv(
    bytes: &[u8],
    default_message: Option<&str>,
    part: usize,
) -> Result<(Vec<SegmentRow>, Prepared), Value> {
    read_file(&Case::csv(bytes, default_message), bytes, part)
}

fn read_file(case: &Case, bytes: &[u8], part: usize) -> Result<(Vec<SegmentRow>, Prepared), Value> {
    let sieve = Sieve::new(case.default_message.as_deref(), rules_of(case)).unwrap();
    let mut preparation = Preparation::new(sieve);
    let encoding = case.encoding.as_ref().map(|label| label.parse::<TextEncoding>().unwrap());
    let mut reader = CsvReader::new(encoding);
    let mut parts = bytes.chunks(part);
    let read = parts.try_for_each(|part| reader.read(part, &mut preparation));
    let read = read.and_then(|()| reader.end(&mut preparation));
    read.map_err(|error| json!({ "line": error.line, "code": error.fault.name() }))?;
    let (rows, prepared) = gather(preparation);
    Ok((rows, Prepared { skipped: reader.skipped(), columns: reader.columns().cloned(), ..prepared }))
}

fn rules_of(case: &Case) -> RecipientRules {
    let default_country = case.default_country.as_ref().map(|name| name.parse().unwrap());
    RecipientRules { default_country, provider: None }
}

fn read_json(case: &Case, list: &[Value]) -> Result<(Vec<SegmentRow>, Prepared), Value> {
    let body = json!({ "sessionId": SESSION, "defaultMessage": case.default_message, "recipients": list });
    let context = BulkContext { now: NOW, rules: BulkRules { gap_floor_ms: 1000 }, session: None };
    let request = BulkRequest::parse(&body, context)
        .map_err(|errors| json!({ "pointer": errors[0].pointer, "code": errors[0].code.name() }))?;
    let sieve = Sieve::new(request.terms.default_message.as_deref(), rules_of(case)).unwrap();
    let mut preparation = Preparation::new(sieve);
    for (index, value) in (0..).zip(request.recipients) {
        let variables = JsonVariables::of(value);
        preparation.take(recipient(index, value, &variables));
    }
    Ok(gather(preparation))
}

fn report(result: Result<(Vec<SegmentRow>, Prepared), Value>) -> Report {
    match result {
        Err(error) => Report { error: Some(error), ..Report::default() },
        Ok((rows, prepared)) => Report {
            accepted: rows.into_iter().map(|row| (row.to.to_string(), row.text)).collect(),
            rejected: prepared
                .first_rejected
                .iter()
                .map(|row| {
                    (row.place.number(), row.phone.clone(), row.code.name().to_owned(), row.detail.clone())
                })
                .collect(),
            error: None,
            skipped: prepared.skipped,
            columns: prepared.columns.map(|columns| (columns.phone, columns.variables)),
        },
    }
}

#[test]
fn every_case_has_its_exact_report() {
    let cases = cases();
    assert!(cases.len() >= 45, "{} cases", cases.len());
    for case in cases {
        let found = match &case.upload {
            Upload::Json(list) => report(read_json(&case, list)),
            Upload::Csv(bytes) => {
                let whole = report(read_file(&case, bytes, usize::MAX));
                // However the network divides the file, the report is the same.
                let sizes: &[usize] = if bytes.len() < 10_000 { &[1, 2, 3, 7] } else { &[4_096, 65_537] };
                for part in sizes {
                    let parts = report(read_file(&case, bytes, *part));
                    assert_eq!(parts, whole, "{} in parts of {part}", case.name);
                }
                whole
            }
        };
        let columns = case.report.columns.clone().or_else(|| found.columns.clone());
        assert_eq!(found, Report { columns, ..case.report }, "{}", case.name);
    }
}

/// A file of nothing but blank lines is not kept until its end.
#[test]
fn blank_lines_are_not_read_for_ever() {
    let mut preparation = Preparation::new(Sieve::new(None, RecipientRules::default()).unwrap());
    let mut reader = CsvReader::default();
    let read = (0..100).try_for_each(|_| reader.read(&[b'\n'; 1_000], &mut preparation));
    assert_eq!(read.unwrap_err().fault.name(), "empty_file");
}

/// What a caller sent must not decide how large a report is.
#[test]
fn a_long_name_of_a_variable_is_shown_in_part() {
    let text = format!("{{{{ {} }}}}", "a".repeat(4_000));
    let (_, prepared) = read_csv(b"phone\n16505551234\n", Some(&text), 100).unwrap();
    let detail = &prepared.first_rejected[0].detail;
    assert!(detail.len() < 200, "{detail}");
}

#[test]
fn rows_are_numbered_from_one_through_all_segments() {
    let rows: String = (0..=SEGMENT_ROWS * 2).map(|n| format!("1650{n:07}\n")).collect();
    let (rows, prepared) = read_csv(format!("phone\n{rows}").as_bytes(), Some("hello"), 1_000).unwrap();
    assert_eq!((prepared.accepted, prepared.segments), (SEGMENT_ROWS * 2 + 1, 3));
    assert!(rows.iter().zip(1..).all(|(row, number)| row.row == number));
}

#[test]
fn more_rows_than_a_campaign_may_have_are_refused() {
    let mut reader = CsvReader::default();
    let mut take = Counter::default();
    reader.read(b"phone\n", &mut take).unwrap();
    let thousand = "1\n".repeat(1_000);
    for _ in 0..1_000 {
        reader.read(thousand.as_bytes(), &mut take).unwrap();
    }
    let error = reader.read(b"1\n", &mut take).unwrap_err();
    assert_eq!((error.line, error.fault.name()), (1_000_002, "too_many_rows"));
}

#[test]
fn the_list_of_rejected_rows_can_be_opened_again() {
    let file = b"phone;message\n=1+1;hello\n16505551234;\n16505551234;hi;more\n";
    let (_, prepared) = read_csv(file, None, 5).unwrap();
    let list = String::from_utf8(prepared.rejected_csv).unwrap();
    let expected = [
        "line,phone,code,detail",
        "2,\"'=1+1\",invalid_format,\"phone holds the character '=': only digits, +, blanks, -, ., / and brackets may stand in it\"",
        "3,\"16505551234\",required,\"message is missing, and there is no defaultMessage\"",
        "4,\"16505551234\",wrong_field_count,\"the record has 3 fields, the header has 2\"",
        "",
    ];
    assert_eq!(list, expected.join("\r\n"));
}

/// Quotes a cell as RFC 4180 says.
fn quoted(cell: &str) -> String {
    format!("\"{}\"", cell.replace('"', "\"\""))
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..600), part in 1_usize..40) {
        let whole = read_csv(&bytes, Some("hello"), usize::MAX);
        prop_assert_eq!(read_csv(&bytes, Some("hello"), part), whole);
    }

    #[test]
    fn any_csv_like_text_is_read_or_refused(text in "(phone[,;\t]message)?[\"\r\n,;\ta1é ]{0,200}", part in 1_usize..40) {
        let whole = read_csv(text.as_bytes(), Some("hello"), usize::MAX);
        prop_assert_eq!(read_csv(text.as_bytes(), Some("hello"), part), whole);
    }

    #[test]
    fn texts_are_passed_on_unchanged(
        texts in proptest::collection::vec("x?[^{ ][^{]{0,60}", 1..20),
        delimiter in prop_oneof![Just(','), Just(';'), Just('\t')],
        line_end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
        part in 1_usize..200,
    ) {
        let mut file = format!("phone{delimiter}message{line_end}");
        for (number, text) in (0..).zip(&texts) {
            file.push_str(&format!("1650555{number:04}{delimiter}{}{line_end}", quoted(text)));
        }
        let (rows, prepared) = read_csv(file.as_bytes(), None, part).unwrap();
        prop_assert!(prepared.first_rejected.iter().all(|row| row.detail.ends_with("that can be seen")));
        let texts: Vec<String> = texts.into_iter().filter(|text| rows.iter().any(|row| row.text == *text)).collect();
        prop_assert_eq!(texts.len(), rows.len());
        let read: Vec<String> = rows.into_iter().map(|row| row.text).collect();
        prop_assert_eq!(read, texts);
    }

    /// A record's line is the one it begins on, however many lines it has.
    #[test]
    fn lines_are_counted_as_editors_count_them(
        breaks in proptest::collection::vec(0_usize..4, 1..20),
        line_end in prop_oneof![Just("\n"), Just("\r\n"), Just("\r")],
    ) {
        let mut file = format!("phone,message{line_end}");
        let mut expected = Vec::new();
        for count in breaks {
            expected.push(file.matches(line_end).count() as u64 + 1);
            file.push_str(&format!("none,\"a{}b\"{line_end}{}", line_end.repeat(count), line_end.repeat(count % 2)));
        }
        let (_, prepared) = read_csv(file.as_bytes(), None, 7).unwrap();
        let lines: Vec<u64> = prepared.first_rejected.iter().map(|row| row.place.number()).collect();
        prop_assert_eq!(lines, expected);
    }
}

#[test]
fn what_is_kept_of_a_file_is_bounded() {
    let mut reader = CsvReader::default();
    let mut take = Counter::default();
    reader.read(b"phone,message\n", &mut take).unwrap();
    // A quote that never ends, for forty times the longest record.
    reader.read(b"16505551234,\"", &mut take).unwrap();
    for _ in 0..40 {
        reader.read(&vec![b'x'; CSV_RECORD_MAX_BYTES], &mut take).unwrap();
    }
    let error = reader.end(&mut take).unwrap_err();
    assert_eq!((error.line, error.fault.name(), take.0), (2, "unclosed_quote", 0));
}
