//! The opening handshake (RFC 6455, 4.2), as an HTTP server that has parsed the request hands it over.
//!
//! The only extension is permessage-deflate, where the application turned it on.

use std::collections::HashSet;

use super::deflate;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

/// What a client's upgrade request says. Header values come without surrounding white space.
#[derive(Debug, Clone, Default)]
pub struct UpgradeRequest {
    /// The method, in capitals.
    pub method: String,
    /// The header `Upgrade`.
    pub upgrade: Option<String>,
    /// The header `Sec-WebSocket-Key`.
    pub key: Option<String>,
    /// The header `Sec-WebSocket-Version`.
    pub version: Option<String>,
    /// The header `Sec-WebSocket-Protocol`.
    pub protocol: Option<String>,
    /// The header `Sec-WebSocket-Extensions`.
    pub extensions: Option<String>,
}

impl UpgradeRequest {
    /// Whether this is a valid request for a websocket. The order of the rules and their texts are those of `ws`.
    pub fn check(&self) -> Result<(), Refusal> {
        if self.method != "GET" {
            return Err(Refusal::METHOD);
        }
        if !self.upgrade.as_ref().is_some_and(|upgrade| upgrade.eq_ignore_ascii_case("websocket")) {
            return Err(Refusal::bad_request("Invalid Upgrade header"));
        }
        if !self.key.as_ref().is_some_and(|key| is_key(key)) {
            return Err(Refusal::bad_request("Missing or invalid Sec-WebSocket-Key header"));
        }
        if !matches!(self.version.as_deref(), Some("13" | "8")) {
            return Err(Refusal::VERSION);
        }
        if self.protocol.as_ref().is_some_and(|offer| first_protocol(offer).is_none()) {
            return Err(Refusal::bad_request("Invalid Sec-WebSocket-Protocol header"));
        }
        Ok(())
    }

    /// Whether the client offers a compression that we can accept.
    #[must_use]
    pub fn offers_deflate(&self) -> bool {
        self.extensions.as_deref().is_some_and(deflate::is_acceptable)
    }

    /// The head of the 101 response. Makes sense only after [`check`](Self::check) found nothing wrong. `deflate`: accept the
    /// client's offer of compression.
    #[must_use]
    pub fn response(&self, deflate: bool) -> Vec<u8> {
        let accept = derive_accept_key(self.key.as_deref().unwrap_or_default().as_bytes());
        let mut head = format!(
            "HTTP/1.1 101 Switching Protocols\r\n\
             Upgrade: websocket\r\n\
             Connection: Upgrade\r\n\
             Sec-WebSocket-Accept: {accept}\r\n"
        );
        if let Some(protocol) = self.protocol.as_deref().and_then(first_protocol) {
            head.extend(["Sec-WebSocket-Protocol: ", protocol, "\r\n"]);
        }
        if deflate {
            head.extend(["Sec-WebSocket-Extensions: ", deflate::ACCEPTED, "\r\n"]);
        }
        head.push_str("\r\n");
        head.into_bytes()
    }
}

/// Why an upgrade request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The response's body.
    pub message: &'static str,
    /// A whole header line that belongs to this answer, or nothing.
    header: &'static str,
}

impl Refusal {
    const METHOD: Self =
        Self { status: 405, message: "Invalid HTTP method", header: "Allow: GET\r\n" };

    const VERSION: Self = Self {
        status: 400,
        message: "Missing or invalid Sec-WebSocket-Version header",
        header: "Sec-WebSocket-Version: 13, 8\r\n",
    };

    const fn bad_request(message: &'static str) -> Self {
        Self { status: 400, message, header: "" }
    }

    /// The whole HTTP answer.
    #[must_use]
    pub fn response(&self) -> Vec<u8> {
        let Self { status, message, header } = self;
        let phrase = if *status == 405 { "Method Not Allowed" } else { "Bad Request" };
        let length = message.len();
        format!(
            "HTTP/1.1 {status} {phrase}\r\n\
             Connection: close\r\n\
             Content-Type: text/html\r\n\
             Content-Length: {length}\r\n\
             {header}\r\n\
             {message}"
        )
        .into_bytes()
    }
}

/// Sixteen bytes in base64.
fn is_key(key: &str) -> bool {
    key.strip_suffix("==").is_some_and(|digits| {
        digits.len() == 22
            && digits
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
    })
}

/// The first of the offered subprotocols; `None` when any part of the offer is invalid or repeated.
fn first_protocol(offer: &str) -> Option<&str> {
    const BLANK: [char; 2] = [' ', '\t'];
    // compat: ws allows white space around commas only.
    if offer.starts_with(BLANK) || offer.ends_with(BLANK) {
        return None;
    }
    let mut seen = HashSet::new();
    let valid = offer
        .split(',')
        .map(|item| item.trim_matches(BLANK))
        .all(|p| is_token(p) && seen.insert(p));
    valid.then(|| offer.split(',').next().unwrap_or_default().trim_matches(BLANK))
}

/// A token as of RFC 9110, 5.6.2.
fn is_token(text: &str) -> bool {
    let is_token_char =
        |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(is_token_char)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request() -> UpgradeRequest {
        UpgradeRequest {
            method: "GET".into(),
            upgrade: Some("websocket".into()),
            key: Some("dGhlIHNhbXBsZSBub25jZQ==".into()),
            version: Some("13".into()),
            protocol: None,
            extensions: None,
        }
    }

    fn text(response: Vec<u8>) -> String {
        String::from_utf8(response).unwrap()
    }

    #[test]
    fn answers_the_example_of_the_rfc() {
        let request = request();
        assert_eq!(request.check(), Ok(()));
        assert_eq!(
            text(request.response(false)),
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"
        );
    }

    #[test]
    fn header_values_that_are_accepted() {
        for upgrade in ["websocket", "WebSocket", "WEBSOCKET"] {
            assert_eq!(
                UpgradeRequest { upgrade: Some(upgrade.into()), ..request() }.check(),
                Ok(())
            );
        }
        for version in ["13", "8"] {
            assert_eq!(
                UpgradeRequest { version: Some(version.into()), ..request() }.check(),
                Ok(())
            );
        }
    }

    #[test]
    fn methods_and_upgrades_that_are_refused() {
        for method in ["POST", "get", "HEAD", ""] {
            let refusal = UpgradeRequest { method: method.into(), ..request() }.check();
            assert_eq!(refusal, Err(Refusal::METHOD), "{method}");
        }
        for upgrade in [None, Some("h2c"), Some("websocket, h2c"), Some("")] {
            let upgrade = upgrade.map(String::from);
            let refusal = UpgradeRequest { upgrade, ..request() }.check();
            assert_eq!(refusal, Err(Refusal::bad_request("Invalid Upgrade header")));
        }
    }

    #[test]
    fn keys_and_versions_that_are_refused() {
        let keys = ["", "==", "dGhlIHNhbXBsZSBub25jZQ=", "dGhlIHNhbXBsZSBub25jZQ===", "short=="];
        let odd =
            ["dGhlIHNhbXBsZSBub25j-Q==", "dGhlIHNhbXBsZSBub25é==", "dGhlIHNhbXBsZSBub25jZQAA"];
        for key in keys.into_iter().chain(odd).map(|key| Some(key.into())).chain([None]) {
            let refusal = UpgradeRequest { key, ..request() }.check().unwrap_err();
            assert_eq!(refusal.message, "Missing or invalid Sec-WebSocket-Key header");
        }
        for version in [None, Some("7"), Some("14"), Some("13, 8"), Some("")] {
            let version = version.map(String::from);
            let refusal = UpgradeRequest { version, ..request() }.check();
            assert_eq!(refusal, Err(Refusal::VERSION));
        }
    }

    #[test]
    fn the_first_protocol_is_echoed() {
        for (offer, echoed) in
            [("a", "a"), ("chat.v2, b", "chat.v2"), ("x \t,\t y,z", "x"), ("!~", "!~")]
        {
            let request = UpgradeRequest { protocol: Some(offer.into()), ..request() };
            assert_eq!(request.check(), Ok(()), "{offer}");
            let line = format!("\r\nSec-WebSocket-Protocol: {echoed}\r\n\r\n");
            assert!(text(request.response(false)).ends_with(&line), "{offer}");
        }
    }

    #[test]
    fn protocols_that_are_refused() {
        let offers =
            ["", ",", "a,", ",a", "a,,b", "a, ,b", "a b", " a", "a ", "a,a", "b, a ,a", "a;b"];
        for offer in offers.into_iter().chain(["a\r\nX: y", "é", "\"a\""]) {
            let request = UpgradeRequest { protocol: Some(offer.into()), ..request() };
            let refusal = request.check();
            let expected = Refusal::bad_request("Invalid Sec-WebSocket-Protocol header");
            assert_eq!(refusal, Err(expected), "{offer:?}");
            assert!(!text(request.response(false)).contains("Protocol:"), "{offer:?}");
        }
    }

    #[test]
    fn refusals_are_whole_answers() {
        assert_eq!(
            text(Refusal::METHOD.response()),
            "HTTP/1.1 405 Method Not Allowed\r\nConnection: close\r\nContent-Type: text/html\r\n\
             Content-Length: 19\r\nAllow: GET\r\n\r\nInvalid HTTP method"
        );
        assert_eq!(
            text(Refusal::VERSION.response()),
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n\
             Content-Length: 47\r\nSec-WebSocket-Version: 13, 8\r\n\r\n\
             Missing or invalid Sec-WebSocket-Version header"
        );
        assert_eq!(
            text(Refusal::bad_request("no").response()),
            "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: text/html\r\n\
             Content-Length: 2\r\n\r\nno"
        );
    }
}
