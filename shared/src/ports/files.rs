//! The files of campaigns.

use bytes::Bytes;
use domain::values::ids::{AccountId, CampaignId};
use domain::values::time::Timestamp;

use super::PortError;

/// A file of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CampaignFile {
    /// The account that the campaign belongs to.
    pub account_id: AccountId,
    /// The campaign.
    pub campaign_id: CampaignId,
    /// Which of its files.
    pub kind: FileKind,
}

/// The files of a campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FileKind {
    /// A CSV file that its owner puts there by a signed address. Its arrival starts the ingestion.
    Upload,
    /// What the recipients of such a file have in common, in JSON: kept until the file arrives.
    Draft,
    /// The CSV file of a request, as it came.
    Csv,
    /// The JSON body of a request, as it came.
    Json,
    /// The recipients that were turned away, as CSV.
    Rejected,
    /// A portion of the recipients that are sent to, from 0.
    Segment(u32),
}

/// Keeping files.
pub trait WriteFiles {
    /// Stores a file, in place of what was there.
    async fn put(&self, file: CampaignFile, content: Bytes) -> Result<(), PortError>;
}

/// Reading files.
pub trait ReadFiles {
    /// A file that comes in parts.
    type Parts: FileParts;

    /// The upload whose object has this name, as in the bucket's message about it; `None` for the name of any other object.
    fn upload_named(&self, name: &str) -> Option<CampaignFile>;

    /// The whole of a file, if there is one.
    async fn get(&self, file: CampaignFile) -> Result<Option<Bytes>, PortError>;

    /// A file that is too large to be held, if there is one.
    async fn open(&self, file: CampaignFile) -> Result<Option<Self::Parts>, PortError>;
}

/// A file that comes in parts.
pub trait FileParts {
    /// The next part; `None` at the end.
    async fn next(&mut self) -> Result<Option<Bytes>, PortError>;
}

/// Letting others read files.
pub trait LinkFiles {
    /// An address from which everybody who has it can read the file, for this many milliseconds from now.
    async fn link(&self, file: CampaignFile, now: Timestamp, millis: i64) -> Result<String, PortError>;
}

/// Where everybody who has this can upload a file, once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedUpload {
    /// The address, for `PUT`.
    pub url: String,
    /// The headers that the request must have.
    pub headers: Vec<(String, String)>,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// Letting others put files.
pub trait SignUploads {
    /// An address to upload a file that does not exist yet, valid for this many milliseconds from now.
    async fn sign(&self, file: CampaignFile, now: Timestamp, millis: i64) -> Result<SignedUpload, PortError>;
}
