//! The bucket with the files of campaigns.

use std::collections::{BTreeMap, VecDeque};

use bytes::Bytes;
use domain::values::time::Timestamp;
use shared::ports::{
    CampaignFile, DiscardUploads, FileKind, FileParts, LinkFiles, PortError, ReadFiles, SignUploads,
    SignedUpload, WriteFiles,
};

use crate::World;
use crate::caller::{Caller, Kind};

/// The files that there are.
pub(crate) type FileTable = BTreeMap<CampaignFile, Bytes>;

/// How large the parts are in which a file comes, in bytes. Small, so that tests with small files see several.
const PART_BYTES: usize = 700;

/// The bucket, as one caller sees it.
#[derive(Clone, Debug)]
pub struct Files {
    caller: Caller,
}

/// A file that comes in parts.
#[derive(Debug)]
pub struct FakeParts {
    caller: Caller,
    size: u64,
    left: VecDeque<Bytes>,
}

impl Caller {
    /// The bucket with the files of campaigns.
    pub fn files(&self) -> Files {
        Files { caller: self.clone() }
    }
}

impl World {
    /// A file as it is stored.
    pub fn file(&self, file: CampaignFile) -> Option<Bytes> {
        self.files.borrow().get(&file).cloned()
    }

    /// How many files there are.
    pub fn file_count(&self) -> usize {
        self.files.borrow().len()
    }

    /// An upload arrives, and the bucket tells the queue of ingestion.
    pub fn upload(&self, file: CampaignFile, content: Bytes) {
        self.files.borrow_mut().insert(file, content);
        let told = serde_json::json!({ "Records": [{ "s3": { "object": { "key": name(file) } } }] });
        self.put_step(told.to_string());
    }
}

/// Any name will do that tells the file.
fn name(file: CampaignFile) -> String {
    format!("{}/{}", file.account_id, file.campaign_id)
}

impl Files {
    async fn read(&self, operation: &'static str, file: CampaignFile) -> Result<Option<Bytes>, PortError> {
        self.caller.call(Kind::Read, operation, move |world| Ok(world.file(file))).await
    }
}

impl WriteFiles for Files {
    async fn put(&self, file: CampaignFile, content: Bytes) -> Result<(), PortError> {
        let put = move |world: &World| {
            world.files.borrow_mut().insert(file, content.clone());
            Ok(())
        };
        self.caller.call(Kind::Write, "files.put", put).await
    }
}

impl ReadFiles for Files {
    type Parts = FakeParts;

    fn upload_named(&self, name: &str) -> Option<CampaignFile> {
        let (account_id, campaign_id) = name.split_once('/')?;
        let (account_id, campaign_id) = (account_id.parse().ok()?, campaign_id.parse().ok()?);
        Some(CampaignFile { account_id, campaign_id, kind: FileKind::Upload })
    }

    async fn get(&self, file: CampaignFile) -> Result<Option<Bytes>, PortError> {
        self.read("files.get", file).await
    }

    async fn open(&self, file: CampaignFile) -> Result<Option<FakeParts>, PortError> {
        let content = self.read("files.open", file).await?;
        Ok(content.map(|content| {
            let size = content.len() as u64;
            let parts = (0..content.len()).step_by(PART_BYTES);
            let left = parts.map(|at| content.slice(at..content.len().min(at + PART_BYTES))).collect();
            FakeParts { caller: self.caller.clone(), size, left }
        }))
    }
}

impl DiscardUploads for Files {
    async fn discard(&self, upload: CampaignFile) -> Result<(), PortError> {
        let discard = move |world: &World| {
            world.files.borrow_mut().remove(&CampaignFile { kind: FileKind::Upload, ..upload });
            Ok(())
        };
        self.caller.call(Kind::Write, "files.discard", discard).await
    }
}

impl FileParts for FakeParts {
    fn size(&self) -> u64 {
        self.size
    }

    async fn next(&mut self) -> Result<Option<Bytes>, PortError> {
        let part = self.left.pop_front();
        self.caller.call(Kind::Read, "files.next", move |_| Ok(part.clone())).await
    }
}

impl LinkFiles for Files {
    async fn link(&self, file: CampaignFile, now: Timestamp, millis: i64) -> Result<String, PortError> {
        Ok(format!("{}?until={}", name(file), now.plus_millis(millis)))
    }
}

impl SignUploads for Files {
    async fn sign(
        &self,
        file: CampaignFile,
        size: Option<u64>,
        now: Timestamp,
        millis: i64,
    ) -> Result<SignedUpload, PortError> {
        let mut headers = vec![("if-none-match".to_owned(), "*".to_owned())];
        headers.extend(size.map(|size| ("content-length".to_owned(), size.to_string())));
        Ok(SignedUpload { url: name(file), headers, expires_at: now.plus_millis(millis) })
    }
}
