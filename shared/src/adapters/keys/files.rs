//! Names of the files of campaigns in the bucket.

use std::fmt;

use crate::ports::{CampaignFile, FileKind};

impl fmt::Display for CampaignFile {
    /// The name of its object in the bucket.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { account_id, campaign_id, kind } = self;
        match kind {
            FileKind::Upload => write!(f, "{UPLOADS_PREFIX}{account_id}/{campaign_id}{UPLOADS_SUFFIX}"),
            FileKind::Draft => write!(f, "campaigns/{account_id}/{campaign_id}/draft.json"),
            FileKind::Csv => write!(f, "campaigns/{account_id}/{campaign_id}/upload.csv"),
            FileKind::Json => write!(f, "campaigns/{account_id}/{campaign_id}/upload.json"),
            FileKind::Rejected => write!(f, "campaigns/{account_id}/{campaign_id}/rejected.csv"),
            FileKind::Segment(number) => {
                write!(f, "campaigns/{account_id}/{campaign_id}/segments/{number}.jsonl")
            }
        }
    }
}

const UPLOADS_PREFIX: &str = "uploads/";
const UPLOADS_SUFFIX: &str = ".csv";

/// The upload whose object has this name; `None` for every other name.
pub(in crate::adapters) fn upload_of(name: &str) -> Option<CampaignFile> {
    let ids = name.strip_prefix(UPLOADS_PREFIX)?.strip_suffix(UPLOADS_SUFFIX)?;
    let (account_id, campaign_id) = ids.split_once('/')?;
    Some(CampaignFile {
        account_id: account_id.parse().ok()?,
        campaign_id: campaign_id.parse().ok()?,
        kind: FileKind::Upload,
    })
}

#[cfg(test)]
mod tests {
    use domain::values::ids::{AccountId, CampaignId};
    use domain::values::time::Timestamp;
    use proptest::prelude::*;

    use super::*;

    const NOW: Timestamp = Timestamp::EPOCH;

    proptest! {
        #[test]
        fn the_name_of_an_upload_tells_whose_it_is(a: u128, b: u128, number: u32, text in ".{0,90}") {
            let (account_id, campaign_id) = (AccountId::new(NOW, a), CampaignId::new(NOW, b));
            let file = |kind| CampaignFile { account_id, campaign_id, kind };
            let upload = file(FileKind::Upload);
            prop_assert_eq!(upload_of(&upload.to_string()), Some(upload));
            for kind in [
                FileKind::Draft,
                FileKind::Csv,
                FileKind::Json,
                FileKind::Rejected,
                FileKind::Segment(number),
            ] {
                prop_assert_eq!(upload_of(&file(kind).to_string()), None);
            }
            prop_assert_eq!(upload_of(&text), None);
        }
    }
}
