//! An address to upload a file to.

use domain::values::ids::CampaignId;
use serde::Serialize;
use serde_json::{Map, Value};

use super::time::Time;
use crate::ports::SignedUpload;

/// Where to upload a file to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(rename = "Upload"))]
pub struct UploadView {
    /// The campaign that begins when the file arrives.
    pub campaign_id: CampaignId,
    /// How to upload the file.
    pub upload: UploadTarget,
}

/// How to upload a file.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema), schemars(inline))]
pub struct UploadTarget {
    /// The address.
    pub url: String,
    /// `PUT`.
    pub method: &'static str,
    /// The headers that the request must have.
    #[cfg_attr(feature = "schema", schemars(with = "std::collections::BTreeMap<String, String>"))]
    pub headers: Map<String, Value>,
    /// Until when the address is valid.
    pub expires_at: Time,
}

/// Where to upload the file of a campaign to.
pub fn upload_view(campaign_id: CampaignId, signed: SignedUpload) -> UploadView {
    let headers = signed.headers.into_iter().map(|(name, value)| (name, value.into())).collect();
    let expires_at = Time(signed.expires_at);
    UploadView { campaign_id, upload: UploadTarget { url: signed.url, method: "PUT", headers, expires_at } }
}
