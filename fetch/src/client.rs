//! Requests a file from a server. Follows redirects itself, because the hub's token is for the hub alone, and because a
//! redirect must not leave encryption.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use ureq::http::{HeaderMap, Request, Response, Uri};
use ureq::{Agent, Body};

use crate::answer::{header, number, sha256_in};
use crate::control::Control;
use crate::error::{FetchError, FetchErrorKind};
use crate::retry::{Trouble, again};
use crate::settings::Settings;
use crate::token::Token;

/// Most redirects in a row.
const MOST_REDIRECTS: usize = 8;
/// Longest time to connect, and to find a server's name.
const CONNECT: Duration = Duration::from_secs(30);
/// A stop is looked for so often while a request is under way.
const LOOK: Duration = Duration::from_millis(50);

/// What the hub reports of a file beside its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct HubFacts {
    pub size_bytes: Option<u64>,
    pub sha256: Option<String>,
}

/// An answer that is no redirect.
pub(crate) struct Answer {
    /// The host that gave it.
    pub server: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Body,
    /// From the server of the first request.
    pub hub: HubFacts,
}

/// Where to go on.
pub(crate) struct Resume<'r> {
    /// The first byte requested.
    pub from: u64,
    /// The entity tag of the bytes that are there.
    pub etag: Option<&'r str>,
}

/// Requests files from servers.
pub(crate) struct Client {
    agent: Agent,
    token: Option<Token>,
    hub: Option<Uri>,
    stall: Duration,
}

impl Client {
    /// `is_local`: requests go to this machine alone, so none goes through a proxy.
    pub fn new(settings: &Settings, is_local: bool) -> Self {
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .max_redirects_will_error(false)
            .user_agent(concat!("kinora/", env!("CARGO_PKG_VERSION")))
            .timeout_resolve(Some(CONNECT))
            .timeout_connect(Some(CONNECT))
            .timeout_per_read(Some(settings.stall))
            .timeout_per_write(Some(settings.stall))
            .timeout_recv_response(Some(settings.stall * 2));
        let config = match is_local {
            true => config.proxy(None),
            false => config,
        };
        Self {
            agent: config.build().into(),
            token: settings.token.clone(),
            hub: settings.hub.parse::<Uri>().ok(),
            stall: settings.stall,
        }
    }

    /// What a stop has to interrupt.
    pub fn agent(&self) -> &Agent {
        &self.agent
    }

    /// Requests a file, or for the rest of it.
    ///
    /// # Errors
    /// No server was reached, a redirect leads where it must not, or the download was stopped.
    pub fn get(
        &self,
        address: &str,
        resume: &Resume,
        control: &Control,
    ) -> Result<Answer, Trouble> {
        let mut uri = parsed(address)?;
        let mut hub = None;
        for _ in 0..=MOST_REDIRECTS {
            let server = uri.host().unwrap_or_default().to_owned();
            let response = self.ask(&uri, resume, control)?;
            let response = response.map_err(|error| self.trouble(&error, &server))?;
            let (parts, body) = response.into_parts();
            let hub_facts = hub.get_or_insert_with(|| facts(&parts.headers)).clone();
            let status = parts.status.as_u16();
            let location = header(&parts.headers, "location");
            if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, location) {
                uri = redirected(&uri, location)?;
                continue;
            }
            return Ok(Answer {
                server,
                status,
                headers: parts.headers,
                body,
                hub: hub_facts,
            });
        }
        Err(again(format!("{address} redirects in a circle")))
    }

    /// Sends a request to one server. Neither a name that is looked up nor a connection that is made can be
    /// interrupted, so both happen on a thread of their own, which a stop leaves behind.
    fn ask(
        &self,
        uri: &Uri,
        resume: &Resume,
        control: &Control,
    ) -> Result<Result<Response<Body>, ureq::Error>, FetchError> {
        let (agent, request) = (self.agent.clone(), self.request(uri, resume));
        let call = move || agent.run(request.map_err(ureq::Error::Http)?);
        unless_stopped(control, call)
    }

    fn request(&self, uri: &Uri, resume: &Resume) -> Result<Request<()>, ureq::http::Error> {
        let mut request = Request::get(uri.clone()).header("Accept-Encoding", "identity");
        if resume.from > 0 {
            request = request.header("Range", format!("bytes={}-", resume.from));
            if let Some(etag) = resume.etag {
                request = request.header("If-Range", etag);
            }
        }
        if let (Some(token), Some(hub)) = (&self.token, &self.hub)
            && is_same_origin(hub, uri)
        {
            request = request.header("Authorization", format!("Bearer {}", token.secret()));
        }
        request.body(())
    }

    fn trouble(&self, error: &ureq::Error, server: &str) -> Trouble {
        match error {
            ureq::Error::BadUri(_) | ureq::Error::Http(_) => Trouble::Final(FetchError::refused(
                format!("{server} cannot be asked: {error}"),
                "look at the address of the hub and at the token file",
            )),
            ureq::Error::Timeout(_) => again(self.silent(server)),
            ureq::Error::HostNotFound => again(format!("the server {server} was not found")),
            other => again(format!("{server}: {other}")),
        }
    }

    /// The report on a server that sends nothing.
    pub fn silent(&self, server: &str) -> String {
        let seconds = self.stall.as_secs_f64();
        format!("{server} sent nothing for {seconds:.0} s")
    }
}

/// Runs work on another thread. A stop does not wait for its end.
fn unless_stopped<T: Send + 'static>(
    control: &Control,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, FetchError> {
    let (sender, result) = channel();
    thread::spawn(move || sender.send(work()).ok());
    loop {
        match result.recv_timeout(LOOK) {
            Ok(result) => return Ok(result),
            Err(RecvTimeoutError::Timeout) => control.check()?,
            Err(RecvTimeoutError::Disconnected) => {
                return Err(FetchError::new(
                    FetchErrorKind::Network,
                    "the request ended without an outcome",
                    "start it again, and report it if it happens twice",
                ));
            }
        }
    }
}

fn parsed(address: &str) -> Result<Uri, FetchError> {
    address.parse::<Uri>().map_err(|error| {
        FetchError::refused(
            format!("{address} is no address: {error}"),
            "look at the address of the hub and at the model's card",
        )
    })
}

fn facts(headers: &HeaderMap) -> HubFacts {
    HubFacts {
        size_bytes: number(headers, "x-linked-size"),
        sha256: header(headers, "x-linked-etag").and_then(sha256_in),
    }
}

fn port(uri: &Uri) -> u16 {
    let usual = if uri.scheme_str() == Some("http") {
        80
    } else {
        443
    };
    uri.port_u16().unwrap_or(usual)
}

fn is_same_origin(one: &Uri, other: &Uri) -> bool {
    let host = |uri: &Uri| uri.host().unwrap_or_default().to_ascii_lowercase();
    one.scheme_str() == other.scheme_str() && host(one) == host(other) && port(one) == port(other)
}

/// Where a redirect leads. From https only to https; from this machine also to itself.
fn redirected(from: &Uri, location: &str) -> Result<Uri, FetchError> {
    let location = location.split('#').next().unwrap_or_default().trim();
    let scheme = from.scheme_str().unwrap_or("https");
    let authority = from.authority().map_or("", |authority| authority.as_str());
    let scheme_of = location.split_once("://").map(|(scheme, _)| scheme);
    let is_whole =
        scheme_of.is_some_and(|scheme| scheme.bytes().all(|sign| sign.is_ascii_alphabetic()));
    let target = if let Some(rest) = location.strip_prefix("//") {
        format!("{scheme}://{rest}")
    } else if location.starts_with('/') {
        format!("{scheme}://{authority}{location}")
    } else if is_whole {
        location.to_owned()
    } else {
        let folder = from
            .path()
            .rsplit_once('/')
            .map_or("", |(folder, _)| folder);
        format!("{scheme}://{authority}{folder}/{location}")
    };
    let to = parsed(&target)?;
    let is_allowed = match to.scheme_str() {
        Some("https") => to.host().is_some(),
        Some("http") => scheme == "http" && to.host() == from.host(),
        _ => false,
    };
    match is_allowed {
        true => Ok(to),
        false => Err(FetchError::new(
            FetchErrorKind::Network,
            format!(
                "{} redirects to {}, which is not encrypted",
                from.host().unwrap_or_default(),
                to.host().unwrap_or_default()
            ),
            "use another mirror",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Stop;

    fn to(from: &str, location: &str) -> Option<String> {
        let from = from.parse().expect("an address");
        redirected(&from, location).ok().map(|uri| uri.to_string())
    }

    #[test]
    fn a_stop_does_not_wait_for_a_name_that_is_looked_up() {
        let control = Control::default();
        let (hold, held) = channel::<()>();
        let stopping = control.clone();
        let stopper = thread::spawn(move || stopping.stop(Stop::Pause));
        let reported = unless_stopped(&control, move || held.recv().is_ok());
        assert_eq!(reported, Err(FetchError::stopped(Stop::Pause)));
        stopper.join().expect("stopped");
        drop(hold);
        assert_eq!(unless_stopped(&Control::default(), || 7), Ok(7));
    }

    #[test]
    fn a_redirect_does_not_leave_encryption() {
        let hub = "https://hub.example/a/b?c=d";
        let cases = [
            ("/x/y", Some("https://hub.example/x/y")),
            ("y?z=https://c", Some("https://hub.example/a/y?z=https://c")),
            ("//cdn.example/z", Some("https://cdn.example/z")),
            ("https://cdn.example/z#part", Some("https://cdn.example/z")),
            ("http://hub.example/x", None),
            ("file:///etc/passwd", None),
        ];
        for (location, wanted) in cases {
            assert_eq!(to(hub, location).as_deref(), wanted, "{location}");
        }
        let own = "http://127.0.0.1:8080/a";
        assert!(to(own, "http://127.0.0.1:8081/b").is_some());
        assert!(to(own, "http://hub.example/b").is_none());
    }

    #[test]
    fn the_token_is_for_the_hub_alone() {
        let uri = |text: &str| text.parse::<Uri>().expect("an address");
        let hub = uri("https://hub.example");
        assert!(is_same_origin(&hub, &uri("https://HUB.example:443/file")));
        for other in [
            "https://cdn.hub.example/f",
            "https://hub.example:8443/f",
            "http://hub.example/f",
        ] {
            assert!(!is_same_origin(&hub, &uri(other)), "{other}");
        }
    }
}
