//! A real browser (Chromium, by chromedriver's W3C protocol), as a person uses it.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};

const PATIENCE: Duration = Duration::from_secs(40);
/// To start the driver.
const ATTEMPTS: usize = 5;
/// The key under which the protocol names an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys as the protocol writes them.
pub const ENTER: &str = "\u{e007}";
pub const TAB: &str = "\u{e004}";
pub const CONTROL: &str = "\u{e009}";
pub const ESCAPE: &str = "\u{e00c}";
pub const LEFT: &str = "\u{e012}";

/// A window of a browser of its own; closed when dropped.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    driver: Child,
    size: (u32, u32),
}

/// A driver and its port; `None` when it ended at once.
fn chromedriver() -> Option<(Child, String)> {
    let mut driver = Command::new("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("chromedriver is there; `cargo xtask setup` says how it is installed");
    let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
    let port = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once("successfully on port ").map(|(_, port)| port.trim_end_matches('.').to_owned())
    });
    let Some(port) = port else {
        driver.wait().unwrap();
        return None;
    };
    // Nobody reads on, and it must not stop for that.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

impl Browser {
    /// Opens a window of a size in pixels.
    pub async fn start(width: u32, height: u32, is_dark: bool) -> Self {
        Self::start_with(width, height, is_dark, &[]).await
    }

    /// The same, with further arguments for Chromium.
    pub async fn start_with(width: u32, height: u32, is_dark: bool, more: &[&str]) -> Self {
        // It takes a port that is free for IPv4, and ends when another program has it for IPv6.
        let (driver, port) = (0..ATTEMPTS).find_map(|_| chromedriver()).expect("chromedriver says its port");
        let mut arguments = vec!["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en-US"];
        if is_dark {
            arguments.push("--blink-settings=preferredColorScheme=0");
        }
        arguments.extend(more);
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments},
        }}});
        let browser = Self::connect(driver, &port, capabilities, (width, height)).await;
        browser.resize(width, height).await;
        browser
    }

    /// Has a driver that listens on a port open what the capabilities say.
    pub(crate) async fn connect(driver: Child, port: &str, capabilities: Value, size: (u32, u32)) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("http://127.0.0.1:{port}/session");
        let answer: Value =
            http.post(&address).json(&capabilities).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}"));
        Self { http, session: format!("{address}/{id}"), driver, size }
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.json(&body.unwrap_or_else(|| json!({})));
        }
        let response = request.send().await.unwrap();
        let is_good = response.status().is_success();
        let value = response.json::<Value>().await.unwrap()["value"].take();
        if is_good { Ok(value) } else { Err(value) }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.call(Method::POST, path, Some(body)).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    pub async fn resize(&self, width: u32, height: u32) {
        let parameters = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": parameters});
        self.post("/goog/cdp/execute", command).await;
    }

    /// Lets the page send so many bytes a second, as over a slow network; 0 for as many as can be.
    pub async fn slow_down(&self, bytes_a_second: u32) {
        let most = if bytes_a_second == 0 { -1 } else { i64::from(bytes_a_second) };
        let parameters =
            json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": most});
        let command = json!({"cmd": "Network.emulateNetworkConditions", "params": parameters});
        self.post("/goog/cdp/execute", json!({"cmd": "Network.enable", "params": {}})).await;
        self.post("/goog/cdp/execute", command).await;
    }

    /// Whether pages may hear the microphone: `granted` or `denied`.
    pub async fn let_hear(&self, setting: &str) {
        let parameters = json!({"permission": {"name": "microphone"}, "setting": setting});
        let command = json!({"cmd": "Browser.setPermission", "params": parameters});
        self.post("/goog/cdp/execute", command).await;
    }

    pub async fn go(&self, address: &str) {
        self.post("/url", json!({"url": address})).await;
    }

    pub async fn reload(&self) {
        self.post("/refresh", json!({})).await;
    }

    /// The address of the page.
    pub async fn address(&self) -> String {
        self.call(Method::GET, "/url", None).await.unwrap().as_str().unwrap().to_owned()
    }

    /// What a function's body returns.
    pub async fn js(&self, body: &str) -> Value {
        self.post("/execute/sync", json!({"script": body, "args": []})).await
    }

    /// What a function's body promises.
    pub async fn js_later(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then(done, e => done(String(e)));"
        );
        self.post("/execute/async", json!({"script": script, "args": []})).await
    }

    /// Waits until an expression is true.
    #[track_caller]
    pub fn until(&self, condition: &str) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let deadline = Instant::now() + PATIENCE;
            let script = json!({"script": format!("return Boolean({condition})"), "args": []});
            loop {
                // A page that is just being left answers with an error: it is not true yet.
                let now = self.call(Method::POST, "/execute/sync", Some(script.clone())).await;
                if now == Ok(Value::Bool(true)) {
                    return;
                }
                if Instant::now() > deadline {
                    self.screenshot("gave-up").await;
                    let text = self.js("return document.body.innerText").await;
                    panic!("{at}: never true: {condition} ({now:?})\n{text}\n{:?}", self.console().await);
                }
                tokio::time::sleep(Duration::from_millis(30)).await;
            }
        }
    }

    /// Waits for an element; gives the protocol's name of it.
    async fn find(&self, selector: &str) -> String {
        self.until(&format!("document.querySelector({})", json!(selector))).await;
        let found = self.post("/element", json!({"using": "css selector", "value": selector})).await;
        found[ELEMENT].as_str().unwrap().to_owned()
    }

    pub async fn click(&self, selector: &str) {
        let mut attempts = 0;
        loop {
            let element = self.find(selector).await;
            match self.call(Method::POST, &format!("/element/{element}/click"), None).await {
                Ok(_) => return,
                // The page made it anew between finding and clicking, as no person would notice.
                Err(error) if attempts < 5 && error["error"] == "stale element reference" => attempts += 1,
                Err(error) => panic!("{selector}: {error}"),
            }
        }
    }

    /// Types into a field; a file field takes paths, a line each.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find(selector).await;
        self.post(&format!("/element/{element}/value"), json!({"text": text})).await;
    }

    /// Presses keys, one after the other, wherever the keyboard is.
    pub async fn keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}))
            .await;
    }

    /// Presses a key while another is held.
    pub async fn keys_held(&self, held: &str, key: &str) {
        self.keys_held_times(held, key, 1).await;
    }

    /// The same so many times, as quickly as a person does.
    pub async fn keys_held_times(&self, held: &str, key: &str, times: usize) {
        let stroke = |kind: &str, value: &str| json!({"type": kind, "value": value});
        let pause = json!({"type": "pause", "duration": 60});
        let once = [
            stroke("keyDown", held),
            stroke("keyDown", key),
            pause.clone(),
            stroke("keyUp", key),
            stroke("keyUp", held),
            pause,
        ];
        let strokes: Vec<Value> = std::iter::repeat_n(once, times).flatten().collect();
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}))
            .await;
    }

    /// Presses keys without letting them go.
    pub async fn press(&self, keys: &[&str]) {
        self.strokes("keyDown", keys).await;
    }

    /// Lets them go.
    pub async fn release(&self, keys: &[&str]) {
        self.strokes("keyUp", keys).await;
    }

    /// Holds the keys that are held to speak.
    pub async fn hold_to_speak(&self) {
        self.press(&[CONTROL, " "]).await;
    }

    /// Lets them go.
    pub async fn let_go(&self) {
        self.release(&[" ", CONTROL]).await;
    }

    async fn strokes(&self, kind: &str, keys: &[&str]) {
        let strokes: Vec<Value> = keys.iter().map(|key| json!({"type": kind, "value": key})).collect();
        self.post("/actions", json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}))
            .await;
    }

    /// Moves the pointer onto an element.
    pub async fn hover(&self, selector: &str) {
        let element = self.find(selector).await;
        let to = json!({"type": "pointerMove", "duration": 40, "origin": {ELEMENT: element}, "x": 0, "y": 0});
        let pointer = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [to]});
        self.post("/actions", json!({"actions": [pointer]})).await;
    }

    /// The text that is seen of an element.
    pub async fn text(&self, selector: &str) -> String {
        self.find(selector).await;
        let text = self.js(&format!("return document.querySelector({}).innerText", json!(selector))).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// How many elements there are.
    pub async fn count(&self, selector: &str) -> u64 {
        let count = self.js(&format!("return document.querySelectorAll({}).length", json!(selector))).await;
        count.as_u64().unwrap()
    }

    /// What the page wrote to its console as warnings and errors since the last call. WebKit's driver does
    /// not tell.
    pub async fn console(&self) -> Vec<String> {
        let log = self.call(Method::POST, "/se/log", Some(json!({"type": "browser"}))).await;
        let Ok(log) = log else { return Vec::new() };
        let lines = log.as_array().unwrap().iter();
        let bad = lines.filter(|line| matches!(line["level"].as_str(), Some("SEVERE" | "WARNING")));
        bad.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Nothing went wrong on the page so far.
    #[track_caller]
    pub fn assert_quiet(&self) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let console = self.console().await;
            assert!(console.is_empty(), "{at}: {console:#?}");
        }
    }

    /// What axe-core finds wrong with the page for people who use it differently.
    #[track_caller]
    pub fn assert_accessible(&self) -> impl Future<Output = ()> {
        let at = std::panic::Location::caller();
        async move {
            let axe = hearth_host::tools_folder().unwrap().join("node_modules/axe-core/axe.min.js");
            let axe =
                std::fs::read_to_string(axe).expect("axe-core is there; start this by `cargo xtask test`");
            self.js(&axe).await;
            let found = self
                .js_later(
                    "const r = await axe.run(document, {resultTypes: ['violations']}); \
                     return r.violations.map(v => v.id + ': ' + v.help + '\\n  ' + \
                       v.nodes.slice(0, 4).map(n => n.html + ' ' + n.any.map(a => a.message).join()).join('\\n  '));",
                )
                .await;
            assert!(found.as_array().is_some_and(Vec::is_empty), "{at}: {found:#}");
        }
    }

    /// A picture of the page, kept where pictures of tests are.
    pub async fn screenshot(&self, name: &str) {
        let picture = self.call(Method::GET, "/screenshot", None).await.unwrap();
        let folder = screenshots();
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = BASE64.decode(picture.as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}-{}.png", self.size.0)), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its driver's session, which needs no answer.
        let _ = Command::new("curl").args(["-s", "-X", "DELETE", &self.session]).output();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `screenshots` in the build folder.
pub fn screenshots() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    tests.ancestors().find(|folder| folder.ends_with("debug")).unwrap_or(&tests).with_file_name("screenshots")
}
