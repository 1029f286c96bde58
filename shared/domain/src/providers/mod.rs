//! How a session reaches WhatsApp: the settings of each provider.
//!
//! A provider has a file here, with its settings, their parser and the table of their fields, and a line in the list
//! below. All else follows from these: what is stored, shown, kept on a change, and documented. What speaks with the
//! provider is in the folder of the same name in `shared/src/providers`.

mod cloud_api;
mod schema;
mod waha;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::values::contact::Naming;
use crate::values::fields::{FieldCode, Fields};
use crate::values::reach::Reach;
use crate::values::secret::Secret;

pub use cloud_api::CloudApiSettings;
pub use schema::{answer_schema, request_schema};
pub use waha::{WahaOptions, WahaSettings};

use schema::Field;

/// The settings of a provider.
///
/// They are serialised as they are stored. In requests, the fields of a nested object are on the same level as the others.
pub(crate) trait Settings: Sized {
    /// Their fields in requests and answers: what is no secret is shown.
    const FIELDS: &'static [Field];

    /// Reads the fields of a request, noting all that is wrong with them.
    fn parse(fields: &mut Fields<'_>, reach: Reach) -> Option<Self>;

    /// The place of the key that signs webhooks, if one is made when none is given.
    fn webhook_secret(&mut self) -> Option<&mut Option<Secret>> {
        None
    }
}

/// The fields of a provider; there are some without settings.
macro_rules! or_nothing {
    () => {
        &[]
    };
    ($fields:expr) => {
        $fields
    };
}

/// Makes [`ProviderConfig`] and [`ProviderKind`] out of the list: variant, settings if there are any, name.
macro_rules! providers {
    ($($(#[$doc:meta])* $variant:ident $(($settings:ident))? = $name:literal,)+) => {
        /// How a session reaches WhatsApp.
        #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind")]
        pub enum ProviderConfig {
            $($(#[$doc])* #[serde(rename = $name)] $variant $(($settings))?,)+
        }

        /// A kind of provider, whatever its settings.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum ProviderKind {
            $($(#[$doc])* #[serde(rename = $name)] $variant,)+
        }

        impl ProviderKind {
            /// All of them.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// Its name in the API, in paths and in logs.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)+ }
            }

            const fn fields(self) -> &'static [Field] {
                match self { $(Self::$variant => or_nothing!($($settings::FIELDS)?),)+ }
            }
        }

        impl ProviderConfig {
            /// Which kind it is.
            pub const fn kind(&self) -> ProviderKind {
                match self { $(Self::$variant { .. } => ProviderKind::$variant,)+ }
            }

            fn parse_as(kind: ProviderKind, fields: &mut Fields<'_>, reach: Reach) -> Option<Self> {
                match kind {
                    $(ProviderKind::$variant => Some(Self::$variant $(($settings::parse(fields, reach)?))?),)+
                }
            }

            /// The place of the key that signs its webhooks, if one is made when none is given.
            pub fn webhook_secret(&mut self) -> Option<&mut Option<Secret>> {
                match self {
                    $(Self::$variant $((settings @ $settings { .. }))? => None $(.or($settings::webhook_secret(settings)))?,)+
                }
            }
        }
    };
}

// A new provider is a line here, and the file of its settings: see `docs/PROVIDERS.md`.
providers! {
    /// Sends nowhere and reports delivery by itself: for trying out and for tests.
    Sandbox = "sandbox",
    /// A WAHA server.
    Waha(WahaSettings) = "waha",
    /// WhatsApp's own Cloud API.
    CloudApi(CloudApiSettings) = "cloud_api",
}

impl ProviderKind {
    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// Whether it can send to a recipient who is named like this.
    ///
    /// # Errors
    /// When it cannot, with what would be right.
    pub const fn check_naming(self, naming: Naming) -> Result<(), UnknownNaming> {
        match (self, naming) {
            (Self::Sandbox, _)
            | (Self::Waha | Self::CloudApi, Naming::Number)
            | (Self::Waha, Naming::Chat)
            | (Self::CloudApi, Naming::User) => Ok(()),
            (Self::Waha, Naming::User) | (Self::CloudApi, Naming::Chat) => Err(UnknownNaming(self)),
        }
    }
}

/// A provider does not know recipients by such a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("names a recipient in a way that {} does not know; give the phone number", .0.name())]
pub struct UnknownNaming(ProviderKind);

impl ProviderConfig {
    /// Reads the provider of a request.
    pub(crate) fn parse(fields: &mut Fields<'_>, reach: Reach) -> Option<Self> {
        let name = fields.required_text("kind")?;
        let kind = ProviderKind::named(name);
        if kind.is_none() {
            let names: Vec<&str> = ProviderKind::ALL.iter().map(|kind| kind.name()).collect();
            fields.note("kind", FieldCode::OutOfRange, &format!("must be one of {}", names.join(", ")));
        }
        Self::parse_as(kind?, fields, reach)
    }

    /// The fields of a request that asks for just this.
    pub(crate) fn as_request(&self) -> Map<String, Value> {
        let Ok(Value::Object(stored)) = serde_json::to_value(self) else { return Map::new() };
        let mut fields = Map::new();
        for (name, value) in stored {
            match value {
                Value::Object(inner) => fields.extend(inner),
                value => drop(fields.insert(name, value)),
            }
        }
        fields
    }

    /// The settings as answers show them: without secrets.
    pub fn view(&self) -> Value {
        let mut given = self.as_request();
        let shown = self.kind().fields().iter().filter(|field| !field.is_secret());
        let shown =
            shown.map(|field| (field.name, given.remove(field.name).unwrap_or_else(|| field.absent())));
        let kind = ("kind", self.kind().name().into());
        [kind].into_iter().chain(shown).collect()
    }
}

#[cfg(test)]
mod tests;
