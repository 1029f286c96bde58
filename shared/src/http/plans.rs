//! The plans that a stack offers.

use serde_json::{Map, Value};

/// The plans that a stack offers, as configured: each has at least the texts `id` and `name`.
#[derive(Clone, Debug)]
pub struct Plans(pub Vec<Map<String, Value>>);
