//! The files of campaigns.

use bytes::Bytes;
use domain::values::ids::CampaignId;
use shared::ports::{CampaignFile, FileKind, FileParts, PortError};

use crate::{Checked, Files, sample};

/// A file that nobody had before.
fn file(kind: FileKind) -> CampaignFile {
    let campaign_id = CampaignId::new(sample::NOW, sample::random());
    CampaignFile { account_id: sample::account_id(), campaign_id, kind }
}

/// The parts of a file, put together.
async fn put_together(mut parts: impl FileParts) -> Result<Vec<u8>, PortError> {
    let mut whole = Vec::new();
    while let Some(part) = parts.next().await? {
        whole.extend_from_slice(&part);
    }
    Ok(whole)
}

/// Every byte there is.
pub async fn a_file_is_read_as_it_was_stored<F: Files>(files: &F) -> Checked {
    let file = file(FileKind::Csv);
    let content: Bytes = (0..=u8::MAX).cycle().take(10_000).collect();
    files.put(file, content.clone()).await?;
    assert_eq!(files.get(file).await?.as_ref(), Some(&content));
    Ok(())
}

/// There is nothing where nothing was stored; not even an error.
pub async fn an_unknown_file_is_none<F: Files>(files: &F) -> Checked {
    assert_eq!(files.get(file(FileKind::Draft)).await?, None);
    assert!(files.open(file(FileKind::Upload)).await?.is_none());
    Ok(())
}

/// A file of a kind is not that of another, nor another campaign's.
pub async fn files_are_kept_apart<F: Files>(files: &F) -> Checked {
    let first = file(FileKind::Segment(0));
    let kinds = [
        FileKind::Upload,
        FileKind::Draft,
        FileKind::Csv,
        FileKind::Json,
        FileKind::Rejected,
        FileKind::Segment(0),
        FileKind::Segment(1),
        FileKind::Segment(10),
    ];
    for kind in kinds {
        files.put(CampaignFile { kind, ..first }, format!("{kind:?}").into()).await?;
    }
    for kind in kinds {
        let content = files.get(CampaignFile { kind, ..first }).await?;
        assert_eq!(content, Some(format!("{kind:?}").into()));
    }
    assert_eq!(files.get(file(FileKind::Segment(0))).await?, None);
    assert_eq!(files.get(CampaignFile { account_id: sample::account_id(), ..first }).await?, None);
    Ok(())
}

/// Preparing a campaign again stores the same files again.
pub async fn storing_a_file_again_replaces_it<F: Files>(files: &F) -> Checked {
    let file = file(FileKind::Rejected);
    files.put(file, Bytes::from_static(b"a longer content")).await?;
    files.put(file, Bytes::from_static(b"short")).await?;
    assert_eq!(files.get(file).await?, Some(Bytes::from_static(b"short")));
    Ok(())
}

/// A file of any size is read completely and in order, and ends.
pub async fn a_file_in_parts_is_the_whole_of_it<F: Files>(files: &F) -> Checked {
    for length in [0, 1, 300_000] {
        let file = file(FileKind::Upload);
        let content: Bytes = (0..=250).cycle().take(length).collect();
        files.put(file, content.clone()).await?;
        let parts = files.open(file).await?.expect("the file is there");
        assert!(put_together(parts).await? == content, "{length} bytes");
    }
    Ok(())
}

/// What the bucket says of anything else is nobody's upload.
#[expect(clippy::unused_async, reason = "a rule like the others")]
pub async fn other_names_are_no_uploads<F: Files>(files: &F) -> Checked {
    for name in ["", "/", "uploads/", "uploads/a/b.csv", "campaigns/a/b/upload.csv", "a/b"] {
        assert_eq!(files.upload_named(name), None, "{name}");
    }
    Ok(())
}
