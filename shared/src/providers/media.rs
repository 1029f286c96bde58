//! The type and name of a media file, derived from its URL.

use std::borrow::Cow;

use domain::limits::MEDIA_NAME_MAX_CHARS;
use domain::message::{Content, ContentType};

/// The types of files that people send, by extension.
///
/// Those that WhatsApp shows by itself, and the documents of daily use. WAHA needs a type even where it converts;
/// the file's server would know better, but asking it would make the worker fetch addresses that strangers choose.
const TYPES: [(&str, &str); 43] = [
    ("3gp", "video/3gpp"),
    ("7z", "application/x-7z-compressed"),
    ("aac", "audio/aac"),
    ("amr", "audio/amr"),
    ("apk", "application/vnd.android.package-archive"),
    ("avi", "video/x-msvideo"),
    ("bmp", "image/bmp"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("epub", "application/epub+zip"),
    ("flac", "audio/flac"),
    ("gif", "image/gif"),
    ("heic", "image/heic"),
    ("html", "text/html"),
    ("ics", "text/calendar"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("json", "application/json"),
    ("m4a", "audio/mp4"),
    ("m4v", "video/x-m4v"),
    ("mkv", "video/x-matroska"),
    ("mov", "video/quicktime"),
    ("mp3", "audio/mpeg"),
    ("mp4", "video/mp4"),
    ("odp", "application/vnd.oasis.opendocument.presentation"),
    ("ods", "application/vnd.oasis.opendocument.spreadsheet"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("oga", OGG_OPUS),
    ("ogg", OGG_OPUS),
    ("opus", OGG_OPUS),
    ("pdf", "application/pdf"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webm", "video/webm"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("zip", "application/zip"),
];

/// What WhatsApp plays as a voice message.
const OGG_OPUS: &str = "audio/ogg; codecs=opus";

/// The MIME type of the file: as the sender says; as the URL says in `response-content-type`, or by the extension of a name
/// in it, where that fits the message's type.
pub(super) fn mimetype<'a>(content: &'a Content, url: &str) -> Cow<'a, str> {
    if let Some(said) = &content.mime_type {
        return Cow::Borrowed(said);
    }
    let (family, default) = match content.content_type {
        ContentType::Image => ("image/", "image/jpeg"),
        ContentType::Audio => ("audio/", OGG_OPUS),
        ContentType::Video => ("video/", "video/mp4"),
        ContentType::File | ContentType::Text => ("", "application/octet-stream"),
    };
    let fits = |mimetype: &String| mimetype.starts_with(family);
    let told = Address::of(url).and_then(|address| address.told_type()).filter(fits);
    let by_name = |name: String| by_extension(&name).map(str::to_owned).filter(fits);
    let named = content.file_name.clone().into_iter().chain(names(url)).find_map(by_name);
    told.or(named).map_or(Cow::Borrowed(default), Cow::Owned)
}

/// The name under which the recipient sees the file: as the sender says, as the URL says, or a plain one.
pub(super) fn filename<'a>(content: &'a Content, url: &str) -> Cow<'a, str> {
    if let Some(said) = &content.file_name {
        return Cow::Borrowed(said);
    }
    names(url).into_iter().next().map_or(Cow::Borrowed(default_name(content.content_type)), Cow::Owned)
}

const fn default_name(content_type: ContentType) -> &'static str {
    match content_type {
        ContentType::Image => "image.jpg",
        ContentType::Audio => "audio.ogg",
        ContentType::Video => "video.mp4",
        ContentType::File | ContentType::Text => "file",
    }
}

fn by_extension(name: &str) -> Option<&'static str> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES.into_iter().find(|(known, _)| extension.eq_ignore_ascii_case(known)).map(|(_, mimetype)| mimetype)
}

/// The names that a URL may give its file, the most likely first: what a signed address has its server say
/// (`response-content-disposition`), a part of the path or a value of the query with an extension that is known, the last part
/// of the path.
fn names(url: &str) -> Vec<String> {
    let Some(address) = Address::of(url) else { return Vec::new() };
    let last = address.segments.last().cloned();
    let is_known = |name: &String| by_extension(name).is_some();
    let of_path = address.segments.iter().rev().filter(|name| is_known(name)).cloned();
    let of_query = address.query.iter().map(|(_, value)| base_name(value).to_owned()).filter(is_known);
    address
        .told_name()
        .into_iter()
        .chain(of_path)
        .chain(of_query)
        .chain(last)
        .filter(|it| is_name(it))
        .collect()
}

/// The parts of a URL that may name a file, decoded.
struct Address {
    /// Of the path, without parameters (RFC 3986, 3.3).
    segments: Vec<String>,
    query: Vec<(String, String)>,
}

impl Address {
    fn of(url: &str) -> Option<Self> {
        let url = reqwest::Url::parse(url).ok()?;
        let without_parameters = |segment: &str| segment.split(';').next().and_then(decoded);
        // A part that hides something else than text is no name, but keeps its place: the one before it is not the last.
        let segments = url.path_segments()?.map(|segment| without_parameters(segment).unwrap_or_default());
        let segments = segments.collect();
        Some(Self { segments, query: url.query_pairs().into_owned().collect() })
    }

    fn value(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn told_type(&self) -> Option<String> {
        let told = self.value("response-content-type")?;
        let is_type = told.contains('/') && told.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        is_type.then(|| told.to_owned())
    }

    /// The parameter `filename*` or `filename` of a content disposition: RFC 6266.
    fn told_name(&self) -> Option<String> {
        let told = self.value("response-content-disposition")?;
        let parameters = || told.split(';').filter_map(|parameter| parameter.trim().split_once('='));
        let find = |wanted: &str| {
            let mut found = parameters().filter(|(name, _)| name.trim().eq_ignore_ascii_case(wanted));
            found.next().map(|(_, value)| value.trim().trim_matches('"'))
        };
        let extended = find("filename*").and_then(|value| decoded(value.rsplit('\'').next()?));
        extended.or_else(|| find("filename").map(str::to_owned)).map(|name| base_name(&name).to_owned())
    }
}

/// What stands behind the last slash.
fn base_name(path: &str) -> &str {
    path.rsplit(['/', '\\']).next().unwrap_or(path)
}

/// Whether a text can serve as a file name.
fn is_name(name: &str) -> bool {
    !name.trim_matches(['.', ' ']).is_empty()
        && name.chars().count() <= MEDIA_NAME_MAX_CHARS
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'))
}

/// A text without its percent-encoding; none when that hides something else than text.
fn decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(if byte == b'%' { hex(rest.next()?)? << 4 | hex(rest.next()?)? } else { byte });
    }
    String::from_utf8(bytes).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mimetype(content_type: ContentType, url: &str) -> String {
        super::mimetype(&Content::empty(content_type), url).into_owned()
    }

    fn filename(content_type: ContentType, url: &str) -> String {
        super::filename(&Content::empty(content_type), url).into_owned()
    }

    #[test]
    fn a_url_may_say_name_and_type_in_many_places() {
        let signed = "https://a.example/15bb57a1?X-Amz-Signature=0&response-content-disposition=attachment%3B%20filename%3D";
        for (url, name, mimetype) in [
            ("https://a.example/download?file=invoice-77.pdf", "invoice-77.pdf", "application/pdf"),
            ("https://a.example/get.php?filename=Rechnung.pdf", "Rechnung.pdf", "application/pdf"),
            ("https://a.example/get?path=/a/b/c.docx&x=1", "c.docx", TYPES[9].1),
            (
                &format!("{signed}dummy.pdf&response-content-type=application%2Fpdf"),
                "dummy.pdf",
                "application/pdf",
            ),
            (&format!("{signed}%22a%20b.png%22"), "a b.png", "image/png"),
            (
                &format!("{signed}x.bin%3B%20filename*%3DUTF-8''R%25C3%25A9.pdf"),
                "R\u{e9}.pdf",
                "application/pdf",
            ),
            ("https://a.example/file.pdf;jsessionid=1", "file.pdf", "application/pdf"),
            ("https://a.example/report.pdf/view", "report.pdf", "application/pdf"),
            ("HTTPS://A.EXAMPLE/a.JPG", "a.JPG", "image/jpeg"),
            ("https://a.example/cat.png?next=dog.pdf", "cat.png", "image/png"),
        ] {
            assert_eq!(filename(ContentType::File, url), name, "{url}");
            assert_eq!(self::mimetype(ContentType::File, url), mimetype, "{url}");
        }
    }

    #[test]
    fn what_the_sender_says_goes_first() {
        let said = |name: Option<&str>, mime: Option<&str>| Content {
            file_name: name.map(str::to_owned),
            mime_type: mime.map(str::to_owned),
            ..Content::empty(ContentType::File)
        };
        let url = "https://a.example/files/cat.png";
        let both = said(Some("Offer.pdf"), Some("text/plain"));
        assert_eq!(
            (super::filename(&both, url), super::mimetype(&both, url)),
            ("Offer.pdf".into(), "text/plain".into())
        );
        let name = said(Some("Offer.pdf"), None);
        assert_eq!(super::mimetype(&name, url), "application/pdf");
    }

    #[test]
    fn the_extension_tells_the_type() {
        for (content_type, url, mimetype) in [
            (ContentType::Image, "https://a.example/cat.PNG#top", "image/png"),
            (ContentType::Image, "https://a.example/cat.jpeg?x=a.gif", "image/jpeg"),
            (ContentType::Audio, "https://a.example/note.opus", "audio/ogg; codecs=opus"),
            (ContentType::Video, "https://a.example/film.mov", "video/quicktime"),
            (ContentType::File, "https://a.example/a.b.docx", TYPES[9].1),
            (ContentType::File, "https://a.example/cat.png", "image/png"),
        ] {
            assert_eq!(self::mimetype(content_type, url), mimetype, "{url}");
        }
    }

    #[test]
    fn what_does_not_fit_the_message_counts_for_nothing() {
        for (content_type, url, mimetype) in [
            (ContentType::Image, "https://a.example/cat.php", "image/jpeg"),
            (ContentType::Image, "https://a.example/film.mp4", "image/jpeg"),
            (ContentType::Audio, "https://a.example/", "audio/ogg; codecs=opus"),
            (ContentType::Video, "https://a.example", "video/mp4"),
            (ContentType::File, "https://a.example/unknown.xyz", "application/octet-stream"),
            (ContentType::File, "no url", "application/octet-stream"),
        ] {
            assert_eq!(self::mimetype(content_type, url), mimetype, "{url}");
        }
    }

    #[test]
    fn the_last_part_of_the_url_is_the_name() {
        for (url, name) in [
            ("https://a.example/x/cat.png?y=/z", "cat.png"),
            ("https://a.example/R%C3%A9sum%C3%A9%202026.pdf", "R\u{e9}sum\u{e9} 2026.pdf"),
            ("https://a.example/no-extension", "no-extension"),
        ] {
            assert_eq!(filename(ContentType::Image, url), name, "{url}");
        }
    }

    #[test]
    fn a_name_that_is_none_is_replaced() {
        let long = format!("https://a.example/{}", "x".repeat(MEDIA_NAME_MAX_CHARS + 1));
        for url in [
            "https://a.example/",
            "https://a.example/x/",
            "https://a.example/%2E%2E%2Fetc%2Fpasswd",
            "https://a.example/a%0Ab.mp4",
            "https://a.example/%FF.mp4",
            "https://a.example/100%",
            "https://a.example/%20%20",
            "no url",
            &long,
        ] {
            assert_eq!(filename(ContentType::Video, url), "video.mp4", "{url}");
        }
    }

    #[test]
    fn the_table_is_in_order_and_has_no_extension_twice() {
        assert!(TYPES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    proptest::proptest! {
        #[test]
        fn every_url_has_a_name_and_a_type_of_its_family(url in ".*", path in "https://a\\.example/.*") {
            for url in [url, path] {
                let name = filename(ContentType::Video, &url);
                proptest::prop_assert!(!name.is_empty() && !name.contains(['/', '\\', '\n']));
                proptest::prop_assert!(mimetype(ContentType::Video, &url).starts_with("video/"));
            }
        }
    }
}
