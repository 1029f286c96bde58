//! The document as a page: plain HTML, without scripts and without anything from elsewhere.

use std::fmt::Write;

use serde_json::Value;

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1f23}\
    h2{margin-top:2.5rem}details{border:1px solid #d0d7de;border-radius:6px;margin:.5rem 0;padding:.5rem 1rem}\
    summary{cursor:pointer}code{background:#f3f5f7;padding:.1em .3em;border-radius:4px}\
    table{border-collapse:collapse;width:100%}td,th{border-top:1px solid #e3e7eb;padding:.3rem .5rem;text-align:left;\
    vertical-align:top}.method{display:inline-block;min-width:4rem;font-weight:600;text-transform:uppercase}";

/// The page.
pub(crate) fn html(document: &Value) -> String {
    let mut page = format!(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title} API</title>\
         <meta name=\"viewport\" content=\"width=device-width\"><style>{STYLE}</style></head><body>\
         <h1>{title} API</h1><p>{about}</p><p>For programs: <a href=\"openapi.json\">openapi.json</a>.</p>",
        title = escaped(&document["info"]["title"]),
        about = prose(&document["info"]["description"]),
    );
    let mut tag = "";
    for (path, method, operation) in operations(document) {
        let own = operation["tags"][0].as_str().unwrap_or_default();
        if own != tag {
            tag = own;
            push(&mut page, format_args!("<h2>{tag}</h2>"));
        }
        section(&mut page, document, path, method, operation);
    }
    page.push_str("<h2>What answers and requests hold</h2>");
    for (name, schema) in document["components"]["schemas"].as_object().into_iter().flatten() {
        push(&mut page, format_args!("<details id=\"{name}\"><summary><b>{name}</b></summary>"));
        fields(&mut page, schema);
        page.push_str("</details>");
    }
    page.push_str("</body></html>");
    page
}

fn push(page: &mut String, text: std::fmt::Arguments<'_>) {
    // Writing to a String cannot fail.
    let _ = page.write_fmt(text);
}

/// Path, method and operation, those of one tag together, in the order of their first.
fn operations(document: &Value) -> Vec<(&str, &str, &Value)> {
    let paths = document["paths"].as_object().into_iter().flatten();
    let all: Vec<(&str, &str, &Value)> = paths
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().into_iter().flatten();
            methods.map(move |(method, operation)| (path.as_str(), method.as_str(), operation))
        })
        .collect();
    let mut tags: Vec<&Value> = Vec::new();
    for (_, _, operation) in &all {
        if !tags.contains(&&operation["tags"][0]) {
            tags.push(&operation["tags"][0]);
        }
    }
    let of =
        |tag: &Value| all.iter().filter(|(.., operation)| operation["tags"][0] == *tag).copied().collect();
    tags.into_iter().flat_map(|tag| -> Vec<_> { of(tag) }).collect()
}

fn section(page: &mut String, document: &Value, path: &str, method: &str, operation: &Value) {
    push(
        page,
        format_args!(
            "<details><summary><span class=\"method\">{method}</span> <code>{path}</code> {}</summary><p>{}</p>",
            escaped(&operation["summary"]),
            prose(&operation["description"]),
        ),
    );
    let security = operation.get("security").unwrap_or(&document["security"]);
    let access = match security.as_array().map(Vec::len) {
        Some(0) => "Needs no credentials.",
        Some(1) => "Needs a token.",
        _ => "Needs an API key or a token.",
    };
    push(page, format_args!("<p>{access}</p><table>"));
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let place = format!("{} <code>{}</code>", escaped(&parameter["in"]), escaped(&parameter["name"]));
        row(page, &place, &format!("{} {}", shape(&parameter["schema"]), prose(&parameter["description"])));
    }
    for (media_type, content) in operation["requestBody"]["content"].as_object().into_iter().flatten() {
        row(page, "body", &format!("<code>{media_type}</code> {}", shape(&content["schema"])));
    }
    for (status, answer) in operation["responses"].as_object().into_iter().flatten() {
        let content = answer["content"].as_object().into_iter().flatten();
        let shapes: Vec<String> = content.map(|(_, content)| shape(&content["schema"])).collect();
        row(page, status, &format!("{} {}", prose(&answer["description"]), shapes.join(" ")));
    }
    page.push_str("</table></details>");
}

fn row(page: &mut String, head: &str, cell: &str) {
    push(page, format_args!("<tr><th>{head}</th><td>{cell}</td></tr>"));
}

fn fields(page: &mut String, schema: &Value) {
    push(page, format_args!("<p>{}</p><table>", prose(&schema["description"])));
    let required = schema["required"].as_array();
    for (name, field) in schema["properties"].as_object().into_iter().flatten() {
        let is_required = required.is_some_and(|names| names.iter().any(|required| required == name));
        let mark = if is_required { "" } else { " (optional)" };
        let says = format!("{} {}", shape(field), prose(&field["description"]));
        row(page, &format!("<code>{name}</code>{mark}"), &says);
        let kinds = field["oneOf"].as_array().map_or(std::slice::from_ref(field), Vec::as_slice);
        for kind in kinds.iter().filter(|kind| kind["properties"].is_object()) {
            page.push_str("<tr><td></td><td>");
            fields(page, kind);
            page.push_str("</td></tr>");
        }
    }
    page.push_str("</table>");
}

/// What a value is, in a few words.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|path| path.rsplit('/').next()) {
        return format!("<a href=\"#{name}\">{name}</a>");
    }
    if let Some(choices) = schema["enum"].as_array() {
        let choices: Vec<String> =
            choices.iter().map(|choice| format!("<code>{}</code>", bare(choice))).collect();
        return choices.join(", ");
    }
    if let Some(only) = schema.get("const") {
        return format!("<code>{}</code>", bare(only));
    }
    if schema["type"] == "array" {
        return format!("list of {}", shape(&schema["items"]));
    }
    if schema["oneOf"].is_array() {
        return "one of these objects".to_owned();
    }
    let parts = [&schema["anyOf"], &schema["allOf"]].into_iter().find_map(Value::as_array);
    if let Some(parts) = parts {
        return parts.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    let types = match &schema["type"] {
        Value::Array(types) => types.iter().map(bare).collect::<Vec<_>>().join(" or "),
        one => bare(one),
    };
    match schema["format"].as_str() {
        Some(format) => format!("{types} ({format})"),
        None => types,
    }
}

fn bare(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn escaped(value: &Value) -> String {
    let text = value.as_str().unwrap_or_default();
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// A text whose code is in backticks.
fn prose(value: &Value) -> String {
    let text = escaped(value);
    let parts = text.split('`').enumerate();
    parts.map(|(n, part)| if n % 2 == 1 { format!("<code>{part}</code>") } else { part.to_owned() }).collect()
}
