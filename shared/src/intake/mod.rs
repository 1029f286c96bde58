//! How a campaign is accepted, as JSON, as CSV or by upload: prepared, stored as files, and handed to ingestion.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | segments, the upload and the list of rejected rows are in the bucket | nothing knows of them; they are deleted after 30 days |
//! | the campaign is stored ([`launch()`]) | it is `ingesting` and no message of it is sent: a caller gets an error and may call again; an upload's event is delivered again, and the campaign goes on |
//! | the first step is sent | ingestion has begun |

mod answer;
mod draft;
mod launch;
mod prepare;

pub use crate::views::accepted;
pub use answer::refused_file;
pub use draft::Draft;
pub use launch::{Failed, begin, launch};
pub use prepare::{prepare_csv, prepare_file, prepare_json};
