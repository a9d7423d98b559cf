//! A page of another origin: a site of the test's own on another port, and what its scripts may do.

use std::net::SocketAddr;

use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpListener,
    task::JoinHandle,
};

use super::driver::Browser;

/// Answers everything with an empty page. It ends with its value.
pub struct Site {
    address: SocketAddr,
    serving: JoinHandle<()>,
}

impl Site {
    /// Starts on a free port.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await;
        let listener = listener.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let serving = tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut head = [0; 4096];
                    // The head of a browser's GET fits, and what it says does not matter.
                    let _ = stream.read(&mut head).await;
                    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\nConnection: close\r\n\r\n<!doctype html>";
                    let _ = stream.write_all(page.as_bytes()).await;
                });
            }
        });
        Self { address, serving }
    }

    /// Its origin, by address.
    pub fn origin(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Its origin by name, which is another site than the address.
    pub fn other_origin(&self) -> String {
        format!("http://localhost:{}", self.address.port())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

/// What a script got for a call: the answer, or nothing where the browser keeps it from the page.
#[derive(Debug)]
pub struct Got(Value);

impl Got {
    /// Whether the browser kept the answer from the page.
    pub fn is_kept(&self) -> bool {
        self.0["kept"].is_string()
    }

    /// The status.
    pub fn status(&self) -> Option<u64> {
        self.0["status"].as_u64()
    }

    /// A header that the script could read.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.0["headers"][name].as_str()
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        let text = self.0["body"].as_str().unwrap_or_default();
        serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {self:?}"))
    }
}

/// Calls from a script of the page that is open, with the options of `fetch`.
pub async fn fetch(browser: &Browser, url: &str, options: Value) -> Got {
    let script = "
        const [url, options] = arguments;
        return fetch(url, options).then(
            async answer => ({
                status: answer.status,
                headers: Object.fromEntries(answer.headers),
                body: await answer.text(),
            }),
            error => ({ kept: String(error) }),
        );";
    Got(browser.run(script, vec![json!(url), options]).await)
}

/// A window on a page of another origin; `None`, said loudly, when this machine has no chromedriver.
pub async fn page_on(url: &str) -> Option<Browser> {
    let Some(browser) = Browser::open().await else {
        crate::harness::not_run(
            "a page of another origin in a browser",
            &format!("there is no {} on this machine", super::driver::NEEDED),
        );
        return None;
    };
    browser.goto(url).await;
    Some(browser)
}
