//! Decides which requests are accepted: from where, how large and how often; knows no image.

use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::http::{HeaderMap, Method, Uri, header};

use super::ExploreError;

/// Limits of the server.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Longest path and query in bytes.
    pub target_bytes: usize,
    /// Longest body in bytes.
    pub body_bytes: usize,
    /// Connections at the same time; a browser opens six.
    pub connections: usize,
    /// Seconds within which the head of a request must arrive, and the next one of a connection.
    pub head_seconds: u64,
    /// Seconds within which a body must arrive.
    pub body_seconds: u64,
    /// Images computed at the same time.
    pub workers: usize,
    /// Requests that may wait for a worker.
    pub waiting: usize,
    /// Requests per second on average.
    pub requests_per_second: f64,
    /// Requests in one burst.
    pub burst: f64,
    /// Bytes of cached images and files.
    pub memory_bytes: usize,
    /// Pixels of an uploaded image.
    pub image_pixels: usize,
}

impl Default for Limits {
    /// For one user: a page whose controls are moved all the time sends about 30 requests a second.
    fn default() -> Self {
        let workers = std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8);
        Self {
            target_bytes: 2048,
            body_bytes: 64 << 20,
            connections: 128,
            head_seconds: 10,
            body_seconds: 20,
            workers,
            waiting: 32,
            requests_per_second: 100.0,
            burst: 300.0,
            memory_bytes: 384 << 20,
            image_pixels: 16 << 20,
        }
    }
}

/// A token bucket: it fills with time, and each request takes one token.
#[derive(Debug)]
pub(super) struct Bucket {
    per_second: f64,
    most: f64,
    inside: Mutex<(f64, Instant)>,
}

impl Bucket {
    pub(super) fn new(limits: &Limits) -> Self {
        let (per_second, most) = (limits.requests_per_second, limits.burst);
        Self { per_second, most, inside: Mutex::new((most, Instant::now())) }
    }

    pub(super) fn take(&self, now: Instant) -> Result<(), ExploreError> {
        let mut inside = self.inside.lock().unwrap_or_else(PoisonError::into_inner);
        let (filled, then) = *inside;
        let seconds = now.saturating_duration_since(then).as_secs_f64();
        let filled = (filled + seconds * self.per_second).min(self.most);
        let taken = filled >= 1.0;
        *inside = (if taken { filled - 1.0 } else { filled }, now.max(then));
        if taken { Ok(()) } else { Err(ExploreError::Rate) }
    }
}

/// Refuses requests that no page of this server sends: to a host that is not its own (a foreign name
/// can be made to resolve to this machine: DNS rebinding), from another site's page, with too long a
/// target.
pub(super) fn check(
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    limits: &Limits,
    is_own: impl Fn(&str) -> bool,
) -> Result<(), ExploreError> {
    let foreign = |what: &str| Err(ExploreError::Foreign(what.to_owned()));
    let length = uri.path().len() + uri.query().map_or(0, |query| query.len() + 1);
    if length > limits.target_bytes {
        return Err(ExploreError::Large { what: "the address", most: limits.target_bytes });
    }
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next().and_then(|host| host.to_str().ok()).unwrap_or_default();
    if !is_own(host) || hosts.next().is_some() {
        return foreign(
            "the host name is not that of this machine: open the address that was printed",
        );
    }
    let says = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if says("sec-fetch-site").is_some_and(|site| !matches!(site, "same-origin" | "none")) {
        // A link on another site may only open the page.
        let opens = *method == Method::GET
            && matches!(uri.path(), "/" | "/index.html")
            && says("sec-fetch-mode") == Some("navigate")
            && says("sec-fetch-dest") == Some("document");
        if !opens {
            return foreign("the request comes from another site");
        }
    }
    if let Some(origin) = says("origin")
        && origin.strip_prefix("http://") != Some(host)
    {
        return foreign("the request comes from another site");
    }
    Ok(())
}

/// True for `localhost`, `127.0.0.1` and `[::1]` with or without a port.
pub(super) fn is_loopback(host: &str) -> bool {
    let (name, port) = match host.rsplit_once(':') {
        Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
        _ => (host, None),
    };
    let port_is_number = port.is_none_or(|port| port.parse::<u16>().is_ok());
    port_is_number && matches!(name, "localhost" | "127.0.0.1" | "[::1]")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn only_names_of_this_machine_are_loopback() {
        for host in ["localhost", "localhost:80", "127.0.0.1:7340", "[::1]", "[::1]:7340"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "evil.example",
            "localhost.evil.example",
            "127.0.0.1.evil.example:7340",
            "evil.example:127.0.0.1",
            "localhost:99999",
            "localhost:",
            "[::1]x",
            "::1",
            "0.0.0.0",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn the_bucket_gives_its_burst_and_then_its_rate() {
        let limits = Limits { requests_per_second: 10.0, burst: 3.0, ..Limits::default() };
        let bucket = &Bucket::new(&limits);
        let start = Instant::now();
        let granted = |milliseconds: u64| {
            let now = start + Duration::from_millis(milliseconds);
            (0..10).filter(move |_| bucket.take(now).is_ok())
        };
        assert_eq!(granted(0).count(), 3);
        // 0.25 s at 10 a second give two and a half.
        assert_eq!(granted(250).count(), 2);
        assert_eq!(granted(60_000).count(), 3, "never above the burst");
    }

    #[test]
    fn other_sites_are_refused() {
        let limits = Limits::default();
        let ask = |method: Method, path: &str, more: &[(&'static str, &str)]| {
            let mut headers = HeaderMap::new();
            headers.insert("host", "127.0.0.1:7340".parse().expect("a value"));
            for (name, value) in more {
                headers.insert(*name, value.parse().expect("a value"));
            }
            let uri: Uri = path.parse().expect("a path");
            check(&method, &uri, &headers, &limits, is_loopback)
        };
        assert!(ask(Method::GET, "/api/original", &[]).is_ok());
        assert!(ask(Method::POST, "/api/image", &[("origin", "http://127.0.0.1:7340")]).is_ok());
        assert!(ask(Method::POST, "/api/image", &[("origin", "https://evil.example")]).is_err());
        assert!(ask(Method::POST, "/api/image", &[("origin", "null")]).is_err());
        assert!(ask(Method::GET, "/api/original", &[("sec-fetch-site", "cross-site")]).is_err());
        let link = [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ];
        assert!(ask(Method::GET, "/", &link).is_ok());
        assert!(ask(Method::GET, "/api/original", &link).is_err());
        assert!(ask(Method::GET, &format!("/{}", "a".repeat(3000)), &[]).is_err());
    }
}
