//! WAHA and the Cloud API in one server that sends nothing, for tests of the adapters and of the whole system.
//!
//! It is strict: a wrong path, key, field or value is refused, and stays visible in the record of the call. It answers
//! as the [`Script`] says: after some time, in the shape of some engine, or with a failure for certain recipients.
//! It records every call, and whether two calls of a session ever overlapped.
//!
//! | call | what |
//! |---|---|
//! | `POST /api/sendText`, `sendImage`, `sendFile`, `sendVoice`, `sendVideo` | WAHA's own |
//! | `GET /api/contacts/check-exists`, `POST /api/startTyping`, `stopTyping` | WAHA's own |
//! | `POST /{version}/{phone number id}/messages` | the Cloud API's own |
//! | `GET /_stub/calls` | `{calls: [Call], connections}` |
//! | `POST /_stub/script` | replaces the [`Script`]; fields that are left out have their default |
//! | `POST /_stub/reset` | forgets all calls, and goes back to the default script |

mod calls;
mod clock;
mod protocol;
mod reply;
mod script;
mod server;
mod service;

pub use calls::Call;
pub use script::{Engine, Reply, Rule, Script};
pub use server::ProviderStub;
