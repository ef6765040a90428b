//! The committed OpenAPI document, against which every answer is checked.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use jsonschema::{Draft, Validator};
use serde_json::{Value, json};

use super::http::{Answer, Call};

static CONTRACT: LazyLock<Contract> = LazyLock::new(Contract::read);

struct Contract {
    document: Value,
    /// (template, method) of each operation.
    operations: HashMap<String, (String, String)>,
    validators: Mutex<HashMap<String, Arc<Validator>>>,
}

/// Fails when `answer` is not one that the document promises for `call`.
#[track_caller]
pub fn check(call: &Call, answer: &Answer) {
    if let Some(operation) = call.operation
        && let Err(fault) = CONTRACT.check(operation, call, answer)
    {
        panic!("{fault}\n{answer:?}");
    }
}

/// The document itself.
pub fn document() -> &'static Value {
    &CONTRACT.document
}

impl Contract {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("openapi/xuefen-v1.json");
        let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let document: Value = serde_json::from_str(&text).expect("the document is JSON");
        let mut operations = HashMap::new();
        for (template, methods) in document["paths"].as_object().expect("the document has paths") {
            for (method, operation) in methods.as_object().into_iter().flatten() {
                if let Some(id) = operation["operationId"].as_str() {
                    operations.insert(id.to_owned(), (template.clone(), method.clone()));
                }
            }
        }
        Self { document, operations, validators: Mutex::default() }
    }

    fn check(&self, operation: &str, call: &Call, answer: &Answer) -> Result<(), String> {
        let (template, method) =
            self.operations.get(operation).ok_or_else(|| format!("the document has no operation {operation}"))?;
        if !method.eq_ignore_ascii_case(call.method) || !fits(template, &call.path) {
            return Err(format!("{operation} is {method} {template}, not {} {}", call.method, call.path));
        }
        let responses = &self.document["paths"][template][method]["responses"];
        let mut response = &responses[answer.status.to_string()];
        if let Some(name) = response["$ref"].as_str() {
            response = self.document.pointer(name.trim_start_matches('#')).unwrap_or(&Value::Null);
        }
        if response.is_null() {
            return Err(format!("{operation} does not document the status {}", answer.status));
        }
        let Some(content) = response["content"].as_object().filter(|content| !content.is_empty()) else {
            return if answer.bytes.is_empty() {
                Ok(())
            } else {
                Err(format!("{operation} {} is documented without a body", answer.status))
            };
        };
        let media = answer.media_type();
        let documented =
            content.get(media).ok_or_else(|| format!("{operation} {} does not document {media:?}", answer.status))?;
        if !media.ends_with("json") {
            return Ok(());
        }
        let name = format!("{operation} {} {media}", answer.status);
        let validator = self.validator(&name, &documented["schema"])?;
        let faults: Vec<String> = validator
            .iter_errors(&answer.json)
            .map(|fault| format!("{} at {:?}", fault, fault.instance_path().to_string()))
            .collect();
        if faults.is_empty() { Ok(()) } else { Err(format!("{name} breaks its schema: {}", faults.join("; "))) }
    }

    fn validator(&self, name: &str, schema: &Value) -> Result<Arc<Validator>, String> {
        let mut validators = self.validators.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(validator) = validators.get(name) {
            return Ok(Arc::clone(validator));
        }
        let whole = json!({"components": self.document["components"], "allOf": [schema]});
        let validator = jsonschema::options()
            .with_draft(Draft::Draft202012)
            .should_validate_formats(true)
            .should_ignore_unknown_formats(true)
            .build(&whole)
            .map_err(|fault| format!("the schema of {name} is not valid: {fault}"))?;
        let validator = Arc::new(validator);
        validators.insert(name.to_owned(), Arc::clone(&validator));
        Ok(validator)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let path = path.split('?').next().unwrap_or("");
    let (wanted, given): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    wanted.len() == given.len()
        && wanted.iter().zip(given).all(
            |(wanted, given)| {
                if wanted.starts_with('{') { !given.is_empty() } else { *wanted == given }
            },
        )
}
