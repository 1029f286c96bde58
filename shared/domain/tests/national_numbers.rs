//! The table of countries, held against the crate `phonenumber`, which has the metadata of Google's libphonenumber.

#![expect(clippy::unwrap_used, reason = "a test")]

use domain::values::contact::{Contact, WrittenRecipient};
use domain::values::country::Country;
use phonenumber::metadata::{DATABASE, Metadata};
use proptest::prelude::*;

/// What we read of a number that is written in a country.
fn ours(text: &str, country: Option<&str>) -> Option<String> {
    let country = country.map(|name| name.parse::<Country>().unwrap());
    let contact = WrittenRecipient::parse(text).and_then(|written| written.in_country(country));
    contact.ok().map(|(contact, _)| contact.to_string())
}

/// What the crate reads: digits of E.164.
fn theirs(text: &str, country: Option<&str>) -> Option<String> {
    let id = country.map(|name| name.parse().unwrap());
    let number = phonenumber::parse(id, text).ok()?;
    number.is_valid().then(|| number.format().mode(phonenumber::Mode::E164).to_string()[1..].to_owned())
}

/// All countries of the crate. Regions by number are none: satellites, ships, networks of several countries.
fn countries() -> Vec<&'static Metadata> {
    let mut all: Vec<_> = DATABASE.iter().filter(|it| it.id().len() == 2).collect();
    all.sort_by_key(|country| country.id().to_owned());
    all
}

/// Numbers of a country by its own examples, as they stand behind the country code.
fn examples(country: &Metadata) -> Vec<String> {
    let kinds = country.descriptors();
    let examples = [kinds.fixed_line(), kinds.mobile(), kinds.voip(), kinds.personal_number()];
    examples.into_iter().flatten().filter_map(|kind| kind.example().map(str::to_owned)).collect()
}

/// A hundred numbers of a country: its examples with other digits at their ends.
fn numbers(country: &Metadata) -> Vec<String> {
    let vary = |example: &String| {
        (0..50_u32).map({
            let example = example.clone();
            move |n| {
                let (kept, _) = example.split_at(example.len().saturating_sub(3));
                format!("{kept}{:03}", n * 19 % 1_000)
            }
        })
    };
    let examples = examples(country);
    examples.iter().cloned().chain(examples.iter().flat_map(vary)).collect()
}

/// Where we know better, or refuse what they guess.
fn is_other_on_purpose(country: &str, written: &str) -> bool {
    // Colombia's old carrier codes: they take the first digit of a mobile number for one.
    country == "CO" && written.starts_with("03")
}

#[test]
fn every_country_of_the_crate_is_known() {
    let countries = countries();
    assert!(countries.len() >= 240, "{} countries", countries.len());
    let unknown: Vec<&str> =
        countries.iter().map(|it| it.id()).filter(|name| name.parse::<Country>().is_err()).collect();
    assert_eq!(unknown, Vec::<&str>::new());
}

/// What the crate reads as a valid number of a country, we read as the same one, or say that we do not know it.
#[test]
fn a_number_that_begins_with_0_is_the_one_that_the_crate_reads() {
    let (mut read, mut refused, mut wrong) = (0, Vec::new(), Vec::new());
    for country in countries() {
        let prefix = country.national_prefix().filter(|prefix| prefix.starts_with('0')).unwrap_or_default();
        for number in numbers(country) {
            for written in [format!("{prefix}{number}"), format!("0{number}")] {
                let Some(right) = theirs(&written, Some(country.id())).filter(|_| written.starts_with('0'))
                else {
                    continue;
                };
                match ours(&written, Some(country.id())) {
                    Some(found) if found == right => read += 1,
                    Some(_) if is_other_on_purpose(country.id(), &written) => {}
                    None => refused.push(format!("{} {written} {right}", country.id())),
                    Some(found) => wrong.push(format!("{} {written}: {found}, not {right}", country.id())),
                }
            }
        }
    }
    wrong.sort();
    wrong.dedup();
    assert!(wrong.is_empty(), "{} wrong: {:#?}", wrong.len(), &wrong[..wrong.len().min(40)]);
    refused.dedup();
    assert!(refused.is_empty(), "{} refused: {:#?}", refused.len(), &refused[..refused.len().min(40)]);
    assert!(read > 8_000, "{read} numbers were read");
}

/// The codes of countries in which some numbers begin with 0.
const ZERO_MAY_STAY: [u16; 10] = [39, 225, 226, 227, 229, 241, 242, 247, 378, 992];

/// A zero in brackets behind a country code.
#[test]
fn a_trunk_zero_in_brackets_is_dropped_where_it_is_none() {
    for country in countries() {
        let code = country.country_code();
        for number in examples(country) {
            let right = format!("{code}{number}");
            let rest = number.strip_prefix('0').unwrap_or(&number);
            let found = ours(&format!("+{code} (0){rest}"), None);
            let stays = number.starts_with('0');
            // Where numbers may begin with 0, it stays where the number's length allows it.
            if stays || !ZERO_MAY_STAY.contains(&code) {
                assert_eq!(found.as_deref(), Some(right.as_str()), "{} {number}", country.id());
            }
        }
    }
}

#[test]
fn numbers_with_their_country_code_are_read_alike() {
    for country in countries() {
        for number in numbers(country) {
            let written = format!("+{}{number}", country.country_code());
            if let Some(right) = theirs(&written, None) {
                assert_eq!(ours(&written, Some("DE")), Some(right.clone()), "{written}");
                assert_eq!(ours(&written, None), Some(right), "{written}");
            }
        }
    }
}

proptest! {
    /// Whatever is read is read again as itself, and begins with no zero.
    #[test]
    fn what_was_read_is_read_again_as_itself(
        text in "\\PC{0,24}|[+(]{0,2}0{0,3}[0-9 ()./-]{5,20}|[0-9]{5,20}@(lid|g\\.us|c\\.us|broadcast)|[A-Z]{2}\\.[0-9]{3,9}",
        country in prop_oneof![Just(None), Just(Some("DE")), Just(Some("IT")), Just(Some("GA")), Just(Some("HU"))],
    ) {
        if let Some(read) = ours(&text, country) {
            prop_assert_eq!(ours(&read, country), Some(read.clone()));
            prop_assert_eq!(Contact::try_from(read.clone()).map(|contact| contact.to_string()), Ok(read.clone()));
            prop_assert!(!read.starts_with('0') || read.contains('@'), "{}", read);
        }
    }

    /// However a number is decorated, it stays the same.
    #[test]
    fn decoration_changes_nothing(
        digits in "[1-9][0-9]{6,14}",
        marks in prop::collection::vec(prop::sample::select(vec![
            "", " ", "-", ".", "/", "\u{A0}", "\u{2009}", "\u{3000}", "\u{2011}", "\u{2013}", "\u{200B}", "\u{202C}",
        ]), 16),
        front in prop::sample::select(vec!["", "+", "00", "tel:+", "'", " \u{202A}+", "\u{FEFF}"]),
        script in prop::sample::select(vec!['0', '０', '٠']),
    ) {
        // One point, and nothing but zeros behind it, is how a spreadsheet writes a number of its own.
        let marks: Vec<&str> = marks.into_iter().map(|mark| if mark == "." { ". " } else { mark }).collect();
        let digit = |letter: char| char::from_u32(u32::from(script) + letter.to_digit(10).unwrap()).unwrap();
        let decorated: String = digits.chars().zip(marks).flat_map(|(letter, mark)| {
            [digit(letter)].into_iter().chain(mark.chars()).collect::<Vec<_>>()
        }).collect();
        let written = format!("{front}{decorated}");
        prop_assume!(!decorated.trim_end().ends_with(". ") && !written.contains(". 0"));
        prop_assert_eq!(ours(&written, None), Some(digits), "{}", written);
    }
}
