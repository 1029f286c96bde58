//! From recipients to files: JSON, CSV and uploads share this code.

use bytes::Bytes;
use domain::bulk::csv::{CsvError, CsvReader, check_size};
use domain::bulk::json::{JsonVariables, recipient};
use domain::bulk::{Intake, Preparation, Prepared, Segment, Sieve};
use domain::tuning::FILES_AT_ONCE;
use futures_util::future::try_join_all;
use serde_json::Value;

use super::draft::Draft;
use crate::ports::{FileKind, FileParts, PortError, WriteFiles};

/// Prepares the recipients of a JSON body.
pub async fn prepare_json(
    files: &impl WriteFiles,
    draft: &Draft,
    recipients: &[Value],
) -> Result<Prepared, PortError> {
    let mut preparation = begin(draft)?;
    for (index, value) in (0..).zip(recipients) {
        let variables = JsonVariables::of(value);
        preparation.take(recipient(index, value, &variables));
    }
    end(files, draft, preparation).await
}

/// Prepares the recipients of a CSV file that is there as a whole.
pub async fn prepare_csv(
    files: &impl WriteFiles,
    draft: &Draft,
    file: &[u8],
) -> Result<Result<Prepared, CsvError>, PortError> {
    let mut preparation = begin(draft)?;
    let mut reader = CsvReader::new(draft.terms.encoding);
    let read = reader.read(file, &mut preparation).and_then(|()| reader.end(&mut preparation));
    if let Err(error) = read {
        return Ok(Err(error));
    }
    let prepared = end(files, draft, preparation).await?;
    Ok(Ok(Prepared { skipped: reader.skipped(), columns: reader.columns().cloned(), ..prepared }))
}

/// Prepares the recipients of a CSV file that comes in parts. What is held of it at a time is a part, and the segments
/// that have become full with it. One that is too large is not read at all.
pub async fn prepare_file(
    files: &impl WriteFiles,
    draft: &Draft,
    mut parts: impl FileParts,
) -> Result<Result<Prepared, CsvError>, PortError> {
    if let Err(error) = check_size(parts.size()) {
        return Ok(Err(error));
    }
    let mut preparation = begin(draft)?;
    let (mut reader, mut full) = (CsvReader::new(draft.terms.encoding), Vec::new());
    while let Some(part) = parts.next().await? {
        if let Err(error) = reader.read(&part, &mut preparation) {
            return Ok(Err(error));
        }
        full.extend(preparation.full_segments());
        if full.len() >= FILES_AT_ONCE {
            put_segments(files, draft, std::mem::take(&mut full)).await?;
        }
    }
    if let Err(error) = reader.end(&mut preparation) {
        return Ok(Err(error));
    }
    put_segments(files, draft, full).await?;
    end(files, draft, preparation).await.map(Ok)
}

fn begin(draft: &Draft) -> Result<Preparation<'_>, PortError> {
    // The text was compiled when the request was checked: this does not fail.
    let sieve = Sieve::new(draft.terms.default_message.as_deref(), draft.terms.recipients);
    sieve.map(Preparation::new).map_err(|error| PortError::new("intake.prepare", error))
}

/// A campaign without accepted recipients is not stored.
async fn end(
    files: &impl WriteFiles,
    draft: &Draft,
    mut preparation: Preparation<'_>,
) -> Result<Prepared, PortError> {
    let mut segments = preparation.full_segments();
    let (last, mut prepared) = preparation.finish();
    segments.extend(last);
    put_segments(files, draft, segments).await?;
    let rejected = std::mem::take(&mut prepared.rejected_csv);
    if !rejected.is_empty() {
        files.put(draft.file(FileKind::Rejected), rejected.into()).await?;
    }
    Ok(prepared)
}

async fn put_segments(
    files: &impl WriteFiles,
    draft: &Draft,
    segments: Vec<Segment>,
) -> Result<(), PortError> {
    let mut segments = segments.into_iter();
    loop {
        let portion: Vec<Segment> = segments.by_ref().take(FILES_AT_ONCE).collect();
        if portion.is_empty() {
            return Ok(());
        }
        let puts = portion.into_iter().map(|segment| {
            files.put(draft.file(FileKind::Segment(segment.number)), Bytes::from(segment.lines))
        });
        try_join_all(puts).await?;
    }
}
