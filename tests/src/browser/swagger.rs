//! Swagger UI as a person uses it: the authorise dialog, "Try it out", "Execute".

use serde_json::{Value, json};

use super::driver::Browser;

/// Fills a field the way typing does, so that the page's own state follows.
const FILL: &str = r"
    const fill = (field, value) => {
        const kind = { TEXTAREA: HTMLTextAreaElement, SELECT: HTMLSelectElement }[field.tagName] || HTMLInputElement;
        Object.getOwnPropertyDescriptor(kind.prototype, 'value').set.call(field, value);
        field.dispatchEvent(new Event(field.tagName === 'SELECT' ? 'change' : 'input', { bubbles: true }));
        // The page waits a moment after typing, unless the field is left.
        field.dispatchEvent(new FocusEvent('focusout', { bubbles: true }));
    };
";

/// The fields of a scheme that wants a name and a secret.
pub const PAIR: [&str; 2] = [
    "#auth-basic-username, [name=username]",
    "#auth-basic-password, [name=password]",
];

/// The page.
pub struct Swagger {
    browser: Browser,
}

/// One operation to try out and what to put into its fields.
pub struct TryOut {
    /// `operationId`.
    pub operation: String,
    /// The status it must answer.
    pub status: u16,
    parameters: Vec<(String, String)>,
    form: Vec<(String, String)>,
    body: Option<String>,
}

impl TryOut {
    /// Without input.
    pub fn plain(operation: &str, status: u16) -> Self {
        Self {
            operation: operation.to_owned(),
            status,
            parameters: Vec::new(),
            form: Vec::new(),
            body: None,
        }
    }

    /// With a JSON body.
    pub fn json(operation: &str, status: u16, body: &Value) -> Self {
        Self {
            body: Some(body.to_string()),
            ..Self::plain(operation, status)
        }
    }

    /// With form fields; an empty value empties the field.
    pub fn form(operation: &str, status: u16, fields: &[(&str, &str)]) -> Self {
        Self {
            form: owned(fields),
            ..Self::plain(operation, status)
        }
    }

    /// The same with parameters.
    pub fn with(self, parameters: &[(&str, &str)]) -> Self {
        Self {
            parameters: owned(parameters),
            ..self
        }
    }
}

fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

impl Swagger {
    /// Opens the page of a server and waits until it shows operations.
    pub async fn open(browser: Browser, base_url: &str) -> Self {
        browser.goto(&format!("{base_url}/docs/")).await;
        browser.wait_for(".opblock").await;
        Self { browser }
    }

    /// The operationIds on the page.
    pub async fn operations(&self) -> Vec<String> {
        let script = r"return [...document.querySelectorAll('.opblock')].map(one => one.id.replace(/^operations-.*?-/, ''));";
        strings(&self.browser.run(script, Vec::new()).await)
    }

    /// The window that shows it.
    pub fn browser(&self) -> &Browser {
        &self.browser
    }

    /// Opens every operation.
    pub async fn unfold(&self) {
        let script = "document.querySelectorAll('.opblock:not(.is-open) .opblock-summary-control').forEach(one => one.click());";
        self.browser.run(script, Vec::new()).await;
        self.browser.wait_for(".opblock.is-open .execute").await;
    }

    /// Every URL the page has asked for.
    pub async fn asked(&self) -> Vec<String> {
        let script = "return performance.getEntriesByType('resource').map(one => one.name);";
        strings(&self.browser.run(script, Vec::new()).await)
    }

    /// The schemes the authorise dialog offers.
    pub async fn schemes(&self) -> Vec<String> {
        self.open_dialog().await;
        let script = r"return [...document.querySelectorAll('.auth-container h4 code, .auth-container h4')]
            .filter(one => one.tagName === 'CODE' || !one.querySelector('code'))
            .map(one => one.textContent.trim().split(/\s/)[0]);";
        strings(&self.browser.run(script, Vec::new()).await)
    }

    /// Fills and confirms one scheme's part of the authorise dialog: field selectors and values.
    pub async fn authorise(&self, scheme: &str, fields: &[(&str, &str)]) {
        self.open_dialog().await;
        let script = format!(
            r"{FILL}
            const [scheme, fields] = arguments;
            const part = [...document.querySelectorAll('.auth-container')]
                .find(one => one.querySelector('h4').textContent.trim().split(/\s/)[0] === scheme);
            if (!part) return 'no such scheme';
            for (const [selector, value] of fields) {{
                const field = part.querySelector(selector);
                if (!field) return 'no field ' + selector + ' in ' + part.innerHTML;
                fill(field, value);
            }}
            part.querySelector('button[type=submit]').click();
            return 'done';"
        );
        let done = self
            .browser
            .run(&script, vec![json!(scheme), json!(fields)])
            .await;
        assert_eq!(done, "done", "{scheme}");
        let close = "document.querySelector('.btn-done, .close-modal').click();";
        self.browser.run(close, Vec::new()).await;
    }

    async fn open_dialog(&self) {
        self.browser
            .run(
                "document.querySelector('.auth-wrapper .authorize').click();",
                Vec::new(),
            )
            .await;
        self.browser.wait_for(".auth-container").await;
    }

    /// Tries an operation out; answers the status and the shown body.
    pub async fn try_out(&self, tried: &TryOut) -> (String, String) {
        let block = format!("[id$='-{}']", tried.operation);
        self.click(&format!("{block} .opblock-summary-control"))
            .await;
        // The page opens with "Try it out" pressed.
        self.browser.wait_for(&format!("{block} .execute")).await;
        let script = format!(
            r"{FILL}
            const [block, parameters, form, body] = arguments;
            const here = document.querySelector(block);
            for (const [name, value] of parameters) {{
                const row = here.querySelector(`tr[data-param-name='${{name}}']`);
                if (!row) return 'no parameter ' + name;
                fill(row.querySelector('input, select'), value);
            }}
            for (const [name, value] of form) {{
                const row = here.querySelector(`tr[data-property-name='${{name}}']`);
                if (!row) return 'no field ' + name;
                const blank = row.querySelector('.parameter__empty_value_toggle input');
                if (blank && blank.checked && value === '') blank.click();
                fill(row.querySelector('input:not([type=checkbox]), select, textarea'), value);
            }}
            if (body !== null) {{
                const area = here.querySelector('textarea.body-param__text');
                if (!area) return 'no body';
                fill(area, body);
            }}
            return 'done';"
        );
        let arguments = vec![
            json!(block),
            json!(tried.parameters),
            json!(tried.form),
            json!(tried.body),
        ];
        let done = self.browser.run(&script, arguments).await;
        assert_eq!(done, "done", "{}", tried.operation);
        let row = format!("{block} .live-responses-table tr.response");
        // The page loses a click that falls between two of its renderings.
        for _ in 0..3 {
            self.click(&format!("{block} .execute")).await;
            if self.browser.appears(&row).await {
                break;
            }
        }
        let script = r"
            const row = document.querySelector(arguments[0]);
            return [row.querySelector('.response-col_status').firstChild.textContent.trim(), row.textContent];";
        let shown = strings(&self.browser.run(script, vec![json!(row)]).await);
        (shown[0].clone(), shown[1].clone())
    }

    async fn click(&self, css: &str) {
        let script = "const found = document.querySelector(arguments[0]); if (found) found.click(); return !!found;";
        let found = self.browser.run(script, vec![json!(css)]).await;
        assert_eq!(found, true, "{css}");
    }

    /// The window as a PNG.
    #[expect(dead_code, reason = "for the eyes of whoever debugs this suite")]
    pub async fn screenshot(&self) -> Vec<u8> {
        self.browser.screenshot().await
    }

    /// Closes the window.
    pub async fn close(self) {
        self.browser.close().await;
    }
}

fn strings(value: &Value) -> Vec<String> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .map(str::to_owned)
        .collect()
}
