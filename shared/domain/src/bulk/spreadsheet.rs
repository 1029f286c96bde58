//! The list of rejected recipients as a file that spreadsheets open, and do not carry out.

use super::csv::CsvError;
use super::rejection::{Place, Rejection};
use crate::values::letters::trimmed;

/// The first line of the list. The first column is `line` or `index`.
pub(super) fn header(place: &'static str) -> String {
    format!("{place},phone,code,detail\r\n")
}

/// One line of the list.
pub(super) fn line(rejection: &Rejection) -> String {
    let (Place::Index(number) | Place::Line(number)) = rejection.place;
    let (phone, detail) = (cell(&rejection.phone), cell(&rejection.detail));
    format!("{number},{phone},{},{detail}\r\n", rejection.code.name())
}

/// The list of a file that nothing can be taken from: the one line of it that is wrong.
pub fn refused_file(error: CsvError) -> Vec<u8> {
    let line = format!("{},\"\",{},{}\r\n", error.line, error.fault.name(), cell(&error.to_string()));
    (header(Place::Line(0).name()) + &line).into_bytes()
}

/// A cell in quotes. What a spreadsheet would take for a formula gets an apostrophe in front, which it shows as text.
fn cell(text: &str) -> String {
    let begins =
        |text: &str| text.starts_with(['=', '+', '-', '@', '＝', '＋', '－', '＠', '\t', '\r', '\n']);
    let is_formula = begins(text) || begins(trimmed(text));
    let guard = if is_formula { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bulk::RowCode;

    #[test]
    fn nothing_in_it_is_a_formula() {
        for phone in
            ["=cmd|' /C calc'!A0", "+1 650", "-1", "@SUM(A1)", "\t=1", "\n=1", "＝1+1", " =1", "\u{200B}=1"]
        {
            let rejection =
                Rejection::new(Place::Line(7), phone, "phone", RowCode::InvalidFormat, "a \"b\"".to_owned());
            assert_eq!(line(&rejection), format!("7,\"'{phone}\",invalid_format,\"a \"\"b\"\"\"\r\n"));
        }
        let plain = Rejection::new(Place::Index(0), "12", "phone", RowCode::InvalidFormat, String::new());
        assert_eq!(line(&plain), "0,\"12\",invalid_format,\"\"\r\n");
    }
}
