//! Headless Chromium under a chromedriver of the test's own.

use std::{
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

use crate::harness::{Answer, Call};

/// What the browser suite needs; named in the report when it is missing.
pub const NEEDED: &str = "chromedriver";

/// A browser window and the processes behind it; they end with it.
pub struct Browser {
    client: Client,
    driver: Child,
    port: u16,
    _profile: TempDir,
}

impl Browser {
    /// Opens a window; `None` when there is no chromedriver on this machine.
    pub async fn open() -> Option<Self> {
        Self::open_as(json!({})).await
    }

    /// The same on a telephone of that width.
    pub async fn open_narrow(width: u32) -> Option<Self> {
        let metrics = json!({ "width": width, "height": 800, "pixelRatio": 1.0, "mobile": true, "touch": true });
        Self::open_as(json!({ "mobileEmulation": { "deviceMetrics": metrics } })).await
    }

    async fn open_as(mut options: Value) -> Option<Self> {
        let mut driver = Command::new(NEEDED)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let port = announced_port(&mut driver);
        let profile = tempfile::tempdir().expect("a temporary folder can be made");
        let arguments = [
            "--headless".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1400,2400".to_owned(),
            format!("--user-data-dir={}", profile.path().display()),
        ];
        options["args"] = json!(arguments);
        let mut capabilities = serde_json::Map::new();
        capabilities.insert("goog:chromeOptions".to_owned(), options);
        capabilities.insert("goog:loggingPrefs".to_owned(), json!({ "browser": "ALL" }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .expect("chromedriver starts Chromium");
        Some(Self {
            client,
            driver,
            port,
            _profile: profile,
        })
    }

    /// Goes to a page.
    pub async fn goto(&self, url: &str) {
        self.client.goto(url).await.expect("the page loads");
    }

    /// Waits until an element is there.
    pub async fn wait_for(&self, css: &str) {
        assert!(self.appears(css).await, "{css} does not appear");
    }

    /// Whether an element is there within ten seconds.
    pub async fn appears(&self, css: &str) -> bool {
        self.client
            .wait()
            .at_most(Duration::from_secs(10))
            .for_element(Locator::Css(css))
            .await
            .is_ok()
    }

    /// Runs a script in the page; its `return` value comes back.
    pub async fn run(&self, script: &str, arguments: Vec<Value>) -> Value {
        self.client
            .execute(script, arguments)
            .await
            .unwrap_or_else(|error| panic!("{error} in {script}"))
    }

    /// What the browser has written to its console since it was last asked: errors, and what a policy forbade.
    pub async fn console(&self) -> Vec<String> {
        let session = self.client.session_id().await.expect("a session");
        let session = session.expect("the window is open");
        let call = Call::post(&format!("/session/{session}/se/log"));
        let call = call.json(&json!({ "type": "browser" }));
        let log = self.ask_driver(&call).await.expect(200).json();
        let entries = log["value"].as_array().into_iter().flatten();
        entries
            .filter_map(|entry| entry["message"].as_str())
            .map(str::to_owned)
            .collect()
    }

    /// Sends what the client has no command for. The driver answers with a length, and then waits for more.
    async fn ask_driver(&self, call: &Call) -> Answer {
        let address = ([127, 0, 0, 1], self.port).into();
        let mut stream = TcpStream::connect(address).await.expect("it listens");
        let sent = stream.write_all(&call.to_bytes(address)).await;
        sent.expect("it reads");
        let mut answer = Vec::new();
        loop {
            let read = stream.read_buf(&mut answer).await.expect("it answers");
            let head = answer.windows(4).position(|four| four == b"\r\n\r\n");
            let told = head.map(|end| {
                let so_far = Answer::parse(&answer);
                let length = so_far
                    .header("content-length")
                    .and_then(|text| text.parse().ok());
                end + 4 + length.unwrap_or(usize::MAX / 2)
            });
            if read == 0 || told.is_some_and(|told| answer.len() >= told) {
                return Answer::parse(&answer);
            }
        }
    }

    /// The window as a PNG.
    pub async fn screenshot(&self) -> Vec<u8> {
        self.client
            .screenshot()
            .await
            .expect("the window can be drawn")
    }

    /// Closes window and driver.
    pub async fn close(mut self) {
        let _ = self.client.clone().close().await;
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // Ending the driver ends its Chromium; after `close` both are gone already.
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

fn announced_port(driver: &mut Child) -> u16 {
    let output = driver.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines();
    let port = lines.by_ref().map_while(Result::ok).find_map(|line| {
        let (_, rest) = line.split_once("started successfully on port ")?;
        rest.trim_end_matches('.').parse().ok()
    });
    // Somebody has to keep reading, or the driver blocks on a full pipe.
    std::thread::spawn(move || lines.for_each(drop));
    port.expect("chromedriver says its port")
}
