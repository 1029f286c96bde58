//! A login: the OpenID server of the tests, and a browser that goes there and comes back.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{Method, Url};
use serde_json::Value;

use crate::api::{Answer, Api};
use crate::stack::Stack;
use crate::time::{PATIENCE_MS, eventually};

/// What the local stack shows to its OpenID provider; `local/demo.py` has the same.
pub const CLIENT_SECRET: &str = "client-secret-of-a-local-stack";

/// The OpenID server, on the address that the stack knows; it ends with this.
#[derive(Debug)]
pub struct Issuer {
    child: Child,
    url: String,
    http: reqwest::Client,
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Issuer {
    /// Starts it.
    pub async fn start(stack: &Stack) -> Self {
        let parameter = |name: &str| stack.json["params"][name].as_str().unwrap_or_default().to_owned();
        let (url, client_id) = (parameter("OidcIssuer"), parameter("OidcClientId"));
        let port = url.rsplit(':').next().filter(|port| !client_id.is_empty() && port.parse::<u16>().is_ok());
        let port = port.unwrap_or_else(|| {
            panic!("these tests need a stack with PARAMS=\"OidcClientId=paceline OidcIssuer=http://127.0.0.1:4599 …\"")
        });
        let callback = format!("{}/auth/google/callback", stack.about.base_url);
        let child = Command::new("node")
            .arg(folder().join("server.mjs"))
            .args([port, &client_id, CLIENT_SECRET, &callback])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("node; `make prepare-issuer` installs the server");
        let issuer = Self { child, url, http: stack.http.clone() };
        let about = format!("{}/.well-known/openid-configuration", issuer.url);
        let look = async || issuer.http.get(&about).send().await.map_err(|error| error.to_string());
        eventually(PATIENCE_MS, look).await;
        issuer
    }

    /// Exchanges the keys that it signs with.
    pub async fn rotate_keys(&self) {
        self.tell("rotate", Value::Null).await;
    }

    /// Changes the next id token: `header` and `claims` in place of its own.
    pub async fn change_next_token(&self, change: Value) {
        self.tell("token", change).await;
    }

    /// Says who logs in next.
    pub async fn next_person(&self, claims: Value) {
        self.tell("person", claims).await;
    }

    async fn tell(&self, what: &str, body: Value) {
        let answer = self.http.post(format!("{}/test/{what}", self.url)).body(body.to_string()).send().await;
        assert!(answer.expect("an answer of the OpenID server").status().is_success());
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("issuer")
}

/// A browser: one cookie of the stack's, and those of the OpenID server.
#[derive(Clone, Debug)]
pub struct Browser {
    api: Api,
    http: reqwest::Client,
    /// The cookie of the stack, `name=value`; none before a login begins.
    pub cookie: Option<String>,
}

impl Browser {
    /// A new one, that follows no redirect by itself.
    pub fn new(stack: &Stack) -> Self {
        let http = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build();
        let http = http.expect("an HTTP client");
        Self { api: Api { http: http.clone(), ..stack.anonymous() }, http, cookie: None }
    }

    /// `GET /auth/google`: keeps the cookie, and returns where the stack sends it.
    pub async fn begin(&mut self) -> String {
        let answer = self.api.raw(Method::GET, "/auth/google").await;
        assert_eq!(answer.status, 303, "{answer:?}");
        let cookie = answer.header(SET_COOKIE.as_str()).to_owned();
        for part in ["__Host-", "; Path=/", "; HttpOnly", "; Secure", "; SameSite=Lax"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        self.cookie = cookie.split(';').next().map(str::to_owned);
        answer.header(LOCATION.as_str()).to_owned()
    }

    /// Goes to the OpenID server, which lets it in, until it is sent back: the query of the callback.
    pub async fn visit(&self, address: &str) -> String {
        let (mut address, mut jar) = (address.to_owned(), Vec::<String>::new());
        for _ in 0..10 {
            let request = self.http.get(&address).header(COOKIE, jar.join("; "));
            let answer = request.send().await.expect("an answer of the OpenID server");
            for cookie in answer.headers().get_all(SET_COOKIE) {
                let pair = cookie.to_str().expect("a cookie").split(';').next().expect("a pair").to_owned();
                let name = pair.split('=').next().unwrap_or_default().to_owned();
                jar.retain(|kept| kept.split('=').next() != Some(&name));
                jar.push(pair);
            }
            let next = answer.headers().get(LOCATION).and_then(|value| value.to_str().ok());
            let next = next.unwrap_or_else(|| panic!("{address}: {}", answer.status()));
            let next = Url::parse(&address).and_then(|url| url.join(next)).expect("an address");
            if next.path().ends_with("/auth/google/callback") {
                return next.query().expect("a query").to_owned();
            }
            address = next.to_string();
        }
        panic!("the OpenID server sends round in circles");
    }

    /// `GET /auth/google/callback` with this query.
    pub async fn come_back(&self, query: &str) -> Answer {
        let path = format!("/auth/google/callback?{query}");
        let api = match &self.cookie {
            Some(cookie) => self.api.with_header("cookie", cookie),
            None => self.api.clone(),
        };
        api.request(Method::GET, &path, None, Vec::new()).await
    }

    /// A whole login.
    pub async fn log_in(&mut self) -> Answer {
        let address = self.begin().await;
        let query = self.visit(&address).await;
        self.come_back(&query).await
    }
}

/// The state of an address that a login goes to.
pub fn state_of(address: &str) -> String {
    let url = Url::parse(address).expect("an address");
    let found = url.query_pairs().find(|(name, _)| name == "state");
    found.expect("a state").1.into_owned()
}
