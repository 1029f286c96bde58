//! The bucket with the files of campaigns.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::{GetObjectError, GetObjectOutput};
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use domain::values::time::Timestamp;
use std::time::{Duration, UNIX_EPOCH};

use super::failure::failed;
use super::keys::upload_of;
use crate::ports::{
    CampaignFile, FileKind, FileParts, LinkFiles, PortError, ReadFiles, SignUploads, SignedUpload, WriteFiles,
};

/// The bucket with the files of campaigns. The names of its objects are in `keys.rs`.
#[derive(Clone, Debug)]
pub struct S3Files {
    client: Client,
    bucket: String,
}

/// The content of an object, in parts as they arrive.
#[derive(Debug)]
pub struct S3Parts(ByteStream);

impl S3Files {
    /// The bucket of this name.
    pub const fn new(client: Client, bucket: String) -> Self {
        Self { client, bucket }
    }

    async fn object(
        &self,
        operation: &'static str,
        file: CampaignFile,
    ) -> Result<Option<GetObjectOutput>, PortError> {
        let result = self.client.get_object().bucket(&self.bucket).key(file.to_string()).send().await;
        match result {
            Ok(output) => Ok(Some(output)),
            Err(error) => match error.as_service_error() {
                Some(GetObjectError::NoSuchKey(_)) => Ok(None),
                _ => Err(failed(operation)(error)),
            },
        }
    }
}

impl WriteFiles for S3Files {
    async fn put(&self, file: CampaignFile, content: Bytes) -> Result<(), PortError> {
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(file.to_string())
            .content_type(content_type(file.kind))
            .body(ByteStream::from(content));
        request.send().await.map(drop).map_err(failed("files.put"))
    }
}

impl ReadFiles for S3Files {
    type Parts = S3Parts;

    fn upload_named(&self, name: &str) -> Option<CampaignFile> {
        upload_of(name)
    }

    async fn get(&self, file: CampaignFile) -> Result<Option<Bytes>, PortError> {
        let operation = "files.get";
        let Some(object) = self.object(operation, file).await? else { return Ok(None) };
        let content = object.body.collect().await.map_err(failed(operation))?;
        Ok(Some(content.into_bytes()))
    }

    async fn open(&self, file: CampaignFile) -> Result<Option<S3Parts>, PortError> {
        Ok(self.object("files.open", file).await?.map(|object| S3Parts(object.body)))
    }
}

impl FileParts for S3Parts {
    async fn next(&mut self) -> Result<Option<Bytes>, PortError> {
        self.0.try_next().await.map_err(failed("files.next"))
    }
}

impl SignUploads for S3Files {
    /// The address takes one upload. `If-None-Match: *` is signed with it, so that an uploaded file cannot be replaced
    /// while it is being ingested.
    async fn sign(&self, file: CampaignFile, now: Timestamp, millis: i64) -> Result<SignedUpload, PortError> {
        let operation = "files.sign";
        let config = good_for(operation, now, millis)?;
        let request = self
            .client
            .put_object()
            .bucket(&self.bucket)
            .key(file.to_string())
            .content_type(content_type(file.kind))
            .if_none_match("*");
        let signed = request.presigned(config).await.map_err(failed(operation))?;
        let headers = signed.headers().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Ok(SignedUpload { url: signed.uri().to_owned(), headers, expires_at: now.plus_millis(millis) })
    }
}

impl LinkFiles for S3Files {
    async fn link(&self, file: CampaignFile, now: Timestamp, millis: i64) -> Result<String, PortError> {
        let operation = "files.link";
        let config = good_for(operation, now, millis)?;
        let request = self.client.get_object().bucket(&self.bucket).key(file.to_string());
        let signed = request.presigned(config).await.map_err(failed(operation))?;
        Ok(signed.uri().to_owned())
    }
}

/// A signature that is valid for this many milliseconds from now.
fn good_for(operation: &'static str, now: Timestamp, millis: i64) -> Result<PresigningConfig, PortError> {
    let since_epoch = Duration::from_millis(u64::try_from(now.as_millis()).unwrap_or(0));
    let config = PresigningConfig::builder()
        .start_time(UNIX_EPOCH + since_epoch)
        .expires_in(Duration::from_millis(u64::try_from(millis).unwrap_or(0)));
    config.build().map_err(failed(operation))
}

const fn content_type(kind: FileKind) -> &'static str {
    match kind {
        FileKind::Upload | FileKind::Csv | FileKind::Rejected => "text/csv",
        FileKind::Draft | FileKind::Json => "application/json",
        FileKind::Segment(_) => "application/x-ndjson",
    }
}
