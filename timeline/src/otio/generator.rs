//! The text of titles, which each program writes in its own way among the parameters of a generator.

use serde_json::Value;

use super::json::{Object, schema_of, text};

/// The names of the text among the parameters of a generator, in lower case.
const TEXT_KEYS: [&str; 5] = ["text", "styledtext", "styled text", "title", "caption"];

/// The text of a title of any program.
pub(super) fn generated_text(reference: &Object) -> Option<String> {
    if schema_of(reference) != "GeneratorReference" {
        return None;
    }
    let found = text_in(reference.get("parameters")?)?;
    let found = found.trim();
    (!found.is_empty()).then(|| found.to_owned())
}

/// The first text among parameters: `{"text": "…"}`, or `{"Parameter ID": "text", "Parameter Value": "…"}`.
fn text_in(value: &Value) -> Option<&str> {
    let is_text = |name: &str| TEXT_KEYS.contains(&name.to_lowercase().as_str());
    match value {
        Value::Array(list) => list.iter().find_map(text_in),
        Value::Object(keys) => {
            let id = text(keys, "Parameter ID");
            let own = keys.get("Parameter Value").and_then(Value::as_str);
            let own = own.filter(|_| is_text(id));
            let by_key = keys
                .iter()
                .find(|(key, value)| is_text(key) && value.is_string());
            own.or_else(|| by_key?.1.as_str())
                .or_else(|| keys.values().find_map(text_in))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_text_of_a_title_is_found_wherever_it_is() {
        let found = |parameters: Value| {
            let reference =
                json!({"OTIO_SCHEMA": "GeneratorReference.1", "parameters": parameters});
            generated_text(reference.as_object().expect("an object"))
        };
        let resolve = json!({"Resolve_OTIO": [{"Effect Name": "Rich Text", "Parameters": [
            {"Parameter ID": "size", "Parameter Value": 0.1},
            {"Parameter ID": "text", "Parameter Value": "The End"}]}]});
        assert_eq!(found(resolve).as_deref(), Some("The End"));
        assert_eq!(found(json!({"text": "Night"})).as_deref(), Some("Night"));
        let fusion = json!({"Inputs": {"StyledText": "Fin"}});
        assert_eq!(found(fusion).as_deref(), Some("Fin"));
        assert_eq!(found(json!({"colour": "red", "text": " "})), None);
        assert_eq!(
            found(json!({"Parameter ID": "colour", "Parameter Value": "red"})),
            None
        );
    }
}
