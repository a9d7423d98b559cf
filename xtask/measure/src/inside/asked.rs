//! A server of this process that is asked without a socket.

use std::path::Path;

use measure::ask::Ask;
use measure::fault::Fault;
use measure::shot::{Answer, Shot};
use poem::Request;
use poem::http::Method;
use serde_json::Value;
use tessera_server::config::Config;
use tessera_server::demo;
use tessera_server::serve::{Ports, Server};

/// The server.
pub struct Asked {
    pub server: Server,
}

impl Asked {
    /// Opens one on a database in `folder`, without limits.
    pub async fn open(folder: &Path) -> Result<Self, Fault> {
        let url = format!("sqlite://{}", folder.join("tessera.db").display());
        let mut config = Config::local(url);
        config.policy.rates.enforced = false;
        let server = Server::prepare(&config, &Ports::system()).await;
        let server = server.map_err(|error| Fault::Answer(error.to_string()))?;
        Ok(Self { server })
    }

    /// Gives it the demo's principals; what they hold.
    pub async fn seed(&self) -> Result<Value, Fault> {
        let seeded = demo::seed(self.server.authority(), self.server.public_url(), true).await;
        let seeded = seeded.map_err(|error| Fault::Answer(error.to_string()))?;
        Ok(seeded.to_json())
    }

    /// Asks once.
    pub async fn answer(&self, shot: &Shot) -> Result<Answer, Fault> {
        let method = Method::from_bytes(shot.method.as_bytes()).unwrap_or_default();
        let mut request = Request::builder()
            .method(method)
            .uri(shot.path.parse().unwrap_or_default());
        for (name, value) in &shot.headers {
            request = request.header(*name, value.as_str());
        }
        let answer = self.server.ask(request.body(shot.body.clone())).await;
        let status = answer.status().as_u16();
        let mut head = String::new();
        for (name, value) in answer.headers() {
            head.extend([
                name.as_str(),
                ": ",
                value.to_str().unwrap_or_default(),
                "\r\n",
            ]);
        }
        let body = answer.into_body().into_bytes().await;
        let body = body.map_err(|error| Fault::Answer(error.to_string()))?;
        Ok(Answer { status, head, body })
    }
}

impl Ask for &Asked {
    async fn ask(&mut self, shot: &Shot) -> Result<Answer, Fault> {
        self.answer(shot).await
    }
}
