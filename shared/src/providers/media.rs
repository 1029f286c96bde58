//! The type and name of a media file, derived from its URL.

use domain::message::ContentType;

/// Longest file name that is passed on, in characters: what file systems and WhatsApp show.
const FILENAME_MAX_CHARS: usize = 255;

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

/// The MIME type of the file, by the extension in its URL where that fits the message's type.
pub(super) fn mimetype(content_type: ContentType, url: &str) -> &'static str {
    let known = segment(url).and_then(|name| by_extension(&name));
    let (family, default) = match content_type {
        ContentType::Image => ("image/", "image/jpeg"),
        ContentType::Audio => ("audio/", OGG_OPUS),
        ContentType::Video => ("video/", "video/mp4"),
        ContentType::File | ContentType::Text => ("", "application/octet-stream"),
    };
    known.filter(|mimetype| mimetype.starts_with(family)).unwrap_or(default)
}

/// The name under which the recipient sees the file: the last part of its URL, or a plain one.
pub(super) fn filename(content_type: ContentType, url: &str) -> String {
    segment(url).unwrap_or_else(|| default_name(content_type).to_owned())
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

/// The last part of a URL's path, decoded, when it can serve as a file name.
fn segment(url: &str) -> Option<String> {
    let url = reqwest::Url::parse(url).ok()?;
    let name = decoded(url.path_segments()?.next_back()?)?;
    let is_a_name = !name.trim_matches(['.', ' ']).is_empty()
        && name.chars().count() <= FILENAME_MAX_CHARS
        && !name.chars().any(|c| c.is_control() || matches!(c, '/' | '\\'));
    is_a_name.then_some(name)
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
            assert_eq!(super::mimetype(content_type, url), mimetype, "{url}");
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
            assert_eq!(super::mimetype(content_type, url), mimetype, "{url}");
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
        let long = format!("https://a.example/{}", "x".repeat(FILENAME_MAX_CHARS + 1));
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
