//! One try to fetch the rest of a file: send the request, compare the answer with it, and add its bytes to the part.

use std::io::{self, Read as _};

use crate::answer::{content_range, header, retry_after, strong_etag};
use crate::client::{Answer, HubFacts, Resume};
use crate::error::{FetchError, FetchErrorKind};
use crate::job::Job;
use crate::part::Part;
use crate::progress::Phase;
use crate::retry::{Trouble, again};

const CHUNK_BYTES: usize = 1 << 16;

/// Requests the rest of a part, and adds what comes. `Ok`: the part has all its bytes.
pub(crate) fn attempt(job: &Job, part: &mut Part) -> Result<(), Trouble> {
    drop_what_nothing_proves(job, part)?;
    let etag = part.journal().etag.clone();
    let resume = Resume {
        from: part.bytes(),
        etag: etag.as_deref(),
    };
    let mut answer = job.client.get(&job.order.address, &resume, job.control)?;
    let server = answer.server.clone();
    use_hub_facts(job, part, &answer.hub)?;
    check_kind(job, &answer)?;
    let total = match answer.status {
        200 => answer.body.content_length(),
        206 => rest(part, &answer)?,
        416 => {
            restart(part)?;
            return Err(again(format!(
                "{server} has fewer bytes than are here already"
            )));
        }
        _ => return Err(refusal(job, &answer)),
    };
    let size = agreed_size(job, part, (total, answer.hub.size_bytes), &server)?;
    if answer.status == 200 {
        begin_again(job, part, &answer)?;
    }
    part.note(|journal| journal.size_bytes = Some(size));
    job.progress(|file| {
        file.size_bytes = Some(size);
        file.done_bytes = part.bytes();
        file.phase = Phase::Fetching;
        file.note = None;
    });
    job.check_space(size.saturating_sub(part.bytes()))?;
    receive(job, part, &mut answer, size)
}

/// A page or packed bytes in place of the file are not taken for it: where no hash is known, nobody would notice.
fn check_kind(job: &Job, answer: &Answer) -> Result<(), Trouble> {
    let is_success = matches!(answer.status, 200 | 206);
    let is = |name: &str, start: &str| {
        header(&answer.headers, name)
            .is_some_and(|value| value.trim().to_ascii_lowercase().starts_with(start))
    };
    let is_packed =
        answer.headers.contains_key("content-encoding") && !is("content-encoding", "identity");
    match is_success && (is_packed || is("content-type", "text/html")) {
        true => Err(again(format!(
            "{} sent something else in place of {}",
            answer.server, job.name
        ))),
        false => Ok(()),
    }
}

/// Bytes of a file of which neither a hash nor a strong tag is known begin again: the rest could be of another version,
/// and nobody would notice.
fn drop_what_nothing_proves(job: &Job, part: &mut Part) -> Result<(), FetchError> {
    let journal = part.journal();
    let is_proved =
        job.order.sha256.is_some() || journal.sha256.is_some() || journal.etag.is_some();
    match is_proved || part.bytes() == 0 {
        true => Ok(()),
        false => restart(part),
    }
}

fn restart(part: &mut Part) -> Result<(), FetchError> {
    part.restart()
        .map_err(|error| FetchError::disk(part.path(), error))
}

/// Compares what the hub reports with what is known. A new version begins again.
fn use_hub_facts(job: &Job, part: &mut Part, hub: &HubFacts) -> Result<(), Trouble> {
    let differs = |known: &String| {
        hub.sha256
            .as_ref()
            .is_some_and(|reported| !known.eq_ignore_ascii_case(reported))
    };
    let has_other_hash = job.order.sha256.as_ref().is_some_and(differs);
    let (known, reported) = (job.order.size_bytes, hub.size_bytes);
    if has_other_hash
        || known.is_some_and(|known| reported.is_some_and(|reported| known != reported))
    {
        return Err(Trouble::Final(FetchError::new(
            FetchErrorKind::WrongBytes,
            format!(
                "the hub has another {} than the model's card states",
                job.name
            ),
            "look for a new version of Kinora, or use a mirror that has the known file",
        )));
    }
    let is_new = part.bytes() > 0 && part.journal().sha256.as_ref().is_some_and(differs);
    if is_new {
        restart(part)?;
        return Err(again(format!("the hub has a new version of {}", job.name)));
    }
    if let Some(reported) = &hub.sha256 {
        part.note(|journal| journal.sha256 = Some(reported.clone()));
    }
    Ok(())
}

/// The size of the file. All sources of it must agree; a size that only an earlier answer gave is given up.
fn agreed_size(
    job: &Job,
    part: &mut Part,
    (total, hub): (Option<u64>, Option<u64>),
    server: &str,
) -> Result<u64, Trouble> {
    let trusted = job.order.size_bytes.or(hub);
    let known = trusted.or(part.journal().size_bytes);
    match (known, total) {
        (Some(known), Some(total)) if known != total => {
            if trusted.is_none() {
                restart(part)?;
            }
            let name = &job.name;
            let why = format!("{server} has {total} bytes of {name}, but {known} are expected");
            Err(again(why))
        }
        (Some(size), _) | (None, Some(size)) => Ok(size),
        (None, None) => Err(Trouble::Final(FetchError::new(
            FetchErrorKind::Network,
            format!("{server} does not report the size of {}", job.name),
            "use another mirror",
        ))),
    }
}

/// The answer has all bytes: those that are here are dropped.
fn begin_again(job: &Job, part: &mut Part, answer: &Answer) -> Result<(), Trouble> {
    let sha256 = part.journal().sha256.clone();
    if part.bytes() > 0 {
        restart(part)?;
    }
    let etag = header(&answer.headers, "etag").and_then(strong_etag);
    let address = job.order.address.clone();
    part.note(|journal| {
        journal.etag = etag;
        journal.address = address;
        journal.sha256 = sha256;
    });
    Ok(())
}

/// The size of a file by an answer with a range of it, if it has one. Bytes of another version begin again.
fn rest(part: &mut Part, answer: &Answer) -> Result<Option<u64>, Trouble> {
    let server = &answer.server;
    let wrong = |what: &str| again(format!("{server} sent {what}"));
    let range = header(&answer.headers, "content-range").and_then(content_range);
    let range = range.ok_or_else(|| wrong("a range that makes no sense"))?;
    if part.bytes() == 0 || range.start != part.bytes() {
        return Err(wrong("other bytes than were asked for"));
    }
    let etag = header(&answer.headers, "etag").and_then(strong_etag);
    if let (Some(now), Some(before)) = (etag, &part.journal().etag)
        && now != *before
    {
        restart(part)?; // or the rest of this version would be requested for ever
        return Err(wrong("bytes of another version"));
    }
    Ok(range.total)
}

fn receive(job: &Job, part: &mut Part, answer: &mut Answer, size: u64) -> Result<(), Trouble> {
    let mut chunk = vec![0; CHUNK_BYTES];
    let mut reader = answer.body.as_reader();
    while part.bytes() < size {
        job.control.check()?;
        let wanted = part.room_bytes().min(size - part.bytes());
        let wanted = usize::try_from(wanted)
            .unwrap_or(CHUNK_BYTES)
            .min(CHUNK_BYTES);
        let count = match reader.read(&mut chunk[..wanted]) {
            Ok(0) => return Err(ended(job, part, &answer.server, size)),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) if is_timeout(&error) => {
                return Err(again(job.client.silent(&answer.server)));
            }
            Err(_) => return Err(ended(job, part, &answer.server, size)),
        };
        let written = part.write(&chunk[..count]);
        written.map_err(|error| FetchError::disk(part.path(), error))?;
        let bytes = part.bytes();
        job.progress(|file| {
            file.done_bytes = bytes;
            file.received_bytes += count as u64;
        });
        job.control.wait_for_rate(count)?;
    }
    Ok(())
}

fn is_timeout(error: &io::Error) -> bool {
    let inner = error
        .get_ref()
        .and_then(|inner| inner.downcast_ref::<ureq::Error>());
    matches!(inner, Some(ureq::Error::Timeout(_)))
        || matches!(
            error.kind(),
            io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock
        )
}

fn ended(job: &Job, part: &Part, server: &str, size: u64) -> Trouble {
    let (name, bytes) = (&job.name, part.bytes());
    again(format!(
        "the connection to {server} ended after {bytes} of {size} bytes of {name}"
    ))
}

/// What is made of a status that brings no bytes.
fn refusal(job: &Job, answer: &Answer) -> Trouble {
    let Answer { server, status, .. } = answer;
    let name = &job.name;
    let last =
        |kind, cause: String, remedy: &str| Trouble::Final(FetchError::new(kind, cause, remedy));
    match status {
        401 | 403 => last(
            FetchErrorKind::NoAccess,
            format!("{server} gives {name} only to those who have access (status {status})"),
            "accept the licence on the hub's page of the model, and name a file with your token in the settings",
        ),
        404 | 410 => last(
            FetchErrorKind::Network,
            format!("{server} does not have {name} (status {status})"),
            "look for a new version of Kinora, or use another mirror",
        ),
        408 | 425 | 429 | 500..=599 => Trouble::Again {
            why: format!("{server} cannot send {name} now (status {status})"),
            after: retry_after(&answer.headers),
        },
        _ => last(
            FetchErrorKind::Network,
            format!("{server} answered with status {status} for {name}"),
            "use another mirror",
        ),
    }
}
