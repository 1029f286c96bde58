//! `CloudFormation`'s YAML as JSON: `!Ref x` becomes `{"Ref": "x"}`, `!Sub x` becomes `{"Fn::Sub": "x"}`.

use saphyr::{LoadableYamlNode, Scalar, Yaml};
use serde_json::{Value, json};

/// The template as JSON with the long forms of all functions.
pub fn parse(text: &str) -> Result<Value, String> {
    let documents = Yaml::load_from_str(text).map_err(|error| error.to_string())?;
    match documents.as_slice() {
        [document] => convert(document),
        others => Err(format!("{} documents instead of one", others.len())),
    }
}

fn convert(node: &Yaml<'_>) -> Result<Value, String> {
    match node {
        Yaml::Value(scalar) => Ok(convert_scalar(scalar)),
        Yaml::Sequence(items) => items.iter().map(convert).collect(),
        Yaml::Mapping(entries) => {
            entries.iter().map(|(key, value)| Ok((convert_key(key)?, convert(value)?))).collect()
        }
        Yaml::Tagged(tag, inner) => Ok(long_form(&tag.suffix, convert(inner)?)),
        other => Err(format!("not understood: {other:?}")),
    }
}

fn convert_key(key: &Yaml<'_>) -> Result<String, String> {
    key.as_str().map(str::to_owned).ok_or_else(|| format!("a key that is no text: {key:?}"))
}

fn convert_scalar(scalar: &Scalar<'_>) -> Value {
    match scalar {
        Scalar::Null => Value::Null,
        Scalar::Boolean(value) => json!(value),
        Scalar::Integer(value) => json!(value),
        Scalar::FloatingPoint(value) => json!(value.into_inner()),
        Scalar::String(value) => json!(value),
    }
}

fn long_form(function: &str, argument: Value) -> Value {
    match function {
        "Ref" | "Condition" => json!({ function: argument }),
        "GetAtt" => json!({ "Fn::GetAtt": split_attribute(argument) }),
        _ => json!({ format!("Fn::{function}"): argument }),
    }
}

fn split_attribute(argument: Value) -> Value {
    match argument.as_str().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => json!([resource, attribute]),
        None => argument,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_forms_become_long_ones() {
        let parsed =
            parse("a: !Ref X\nb: !GetAtt X.Arn\nc: [!Sub '${X}-y', 7, true]\nd: !If [C, [!Ref X], []]")
                .unwrap();
        let expected = json!({
            "a": { "Ref": "X" },
            "b": { "Fn::GetAtt": ["X", "Arn"] },
            "c": [{ "Fn::Sub": "${X}-y" }, 7, true],
            "d": { "Fn::If": ["C", [{ "Ref": "X" }], []] },
        });
        assert_eq!(parsed, expected);
    }
}
