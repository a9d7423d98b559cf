//! An application that shares sessions with a server: a script that keeps running and answers on a port of its own.

use std::{
    io::{BufRead as _, BufReader},
    net::SocketAddr,
    process::{Child, Stdio},
};

use serde_json::Value;

use super::script::Script;

/// A running application; it ends when this is dropped.
pub struct App {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    _script: Script,
}

impl App {
    /// Starts a script that first prints its port; `None`, and `NOT RUN`, when this machine cannot.
    pub fn start(test: &str, script: &'static str, settings: &Value) -> Option<Self> {
        let script = Script::ready(test, script)?;
        let mut child = script.start(settings, Stdio::inherit());
        let mut port = String::new();
        BufReader::new(child.stdout.take().expect("stdout is piped"))
            .read_line(&mut port)
            .expect("the application writes text");
        let port: u16 = port
            .trim()
            .parse()
            .unwrap_or_else(|_| panic!("the application names its port, not {port:?}"));
        Some(Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], port)),
            _script: script,
        })
    }
}

impl Drop for App {
    fn drop(&mut self) {
        // It ends by itself when its stdin closes; this only makes sure.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
