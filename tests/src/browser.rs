//! A real browser (Chromium), driven over the W3C protocol of chromedriver.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use reqwest::Method;
use serde_json::{Value, json};

use crate::waiting::{WAIT_TIMEOUT, poll_until};

/// Attempts to start the driver.
const MAX_DRIVER_STARTS: usize = 5;
/// JSON field in which the protocol names an element.
const ELEMENT_FIELD: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Enter key, as the protocol encodes it.
pub const ENTER_KEY: &str = "\u{e007}";
/// Tab key.
pub const TAB_KEY: &str = "\u{e004}";
/// Control key.
pub const CONTROL_KEY: &str = "\u{e009}";
/// Escape key.
pub const ESCAPE_KEY: &str = "\u{e00c}";
/// Left arrow key.
pub const LEFT_KEY: &str = "\u{e012}";

/// A window of a browser process of its own; closed when dropped.
pub struct Browser {
    http: reqwest::Client,
    session: String,
    driver: Child,
    size: (u32, u32),
}

/// Starts chromedriver; returns it and its port, or `None` if it ended at once.
fn start_chromedriver() -> Option<(Child, String)> {
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
    // The rest of its output is read and dropped: a full pipe would block it.
    std::thread::spawn(move || lines.for_each(drop));
    Some((driver, port))
}

impl Browser {
    /// Opens a window; width and height are in pixels.
    pub async fn start(width: u32, height: u32, is_dark: bool) -> Self {
        Self::start_with_arguments(width, height, is_dark, &[]).await
    }

    /// Opens a window with further arguments for Chromium.
    pub async fn start_with_arguments(
        width: u32,
        height: u32,
        is_dark: bool,
        more_arguments: &[&str],
    ) -> Self {
        // chromedriver takes a port that is free for IPv4, and ends if another program has it for IPv6.
        let (driver, port) =
            (0..MAX_DRIVER_STARTS).find_map(|_| start_chromedriver()).expect("chromedriver says its port");
        let mut arguments = vec!["--headless=new", "--no-sandbox", "--disable-gpu", "--lang=en-US"];
        if is_dark {
            arguments.push("--blink-settings=preferredColorScheme=0");
        }
        arguments.extend(more_arguments);
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"args": arguments},
        }}});
        let browser = Self::open_session(driver, &port, capabilities, (width, height)).await;
        browser.resize_viewport(width, height).await;
        browser
    }

    /// Opens a session with the driver that listens on a port.
    pub(crate) async fn open_session(
        driver: Child,
        port: &str,
        capabilities: Value,
        size: (u32, u32),
    ) -> Self {
        let http = reqwest::Client::builder().no_proxy().build().unwrap();
        let address = format!("http://127.0.0.1:{port}/session");
        let answer: Value =
            http.post(&address).json(&capabilities).send().await.unwrap().json().await.unwrap();
        let id = answer["value"]["sessionId"].as_str().unwrap_or_else(|| panic!("{answer}"));
        let browser = Self { http, session: format!("{address}/{id}"), driver, size };
        let script_timeout = json!({"script": WAIT_TIMEOUT.as_millis() as u64});
        browser.post_command("/timeouts", script_timeout).await;
        browser
    }

    /// Sends a command; returns its value, or the error that the protocol answers.
    async fn send_command(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value, Value> {
        let mut request = self.http.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.json(&body.unwrap_or_else(|| json!({})));
        }
        let response = request.send().await.unwrap();
        let is_success = response.status().is_success();
        let value = response.json::<Value>().await.unwrap()["value"].take();
        if is_success { Ok(value) } else { Err(value) }
    }

    /// Posts a command that must succeed.
    async fn post_command(&self, path: &str, body: Value) -> Value {
        self.send_command(Method::POST, path, Some(body))
            .await
            .unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    /// Sets the size of the viewport, in pixels.
    pub async fn resize_viewport(&self, width: u32, height: u32) {
        let parameters = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        let command = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params": parameters});
        self.post_command("/goog/cdp/execute", command).await;
    }

    /// Limits the rate of the page's uploads, as over a slow network; 0 for no limit.
    pub async fn limit_upload_rate(&self, bytes_a_second: u32) {
        let throughput = if bytes_a_second == 0 { -1 } else { i64::from(bytes_a_second) };
        let parameters =
            json!({"offline": false, "latency": 0, "downloadThroughput": -1, "uploadThroughput": throughput});
        let command = json!({"cmd": "Network.emulateNetworkConditions", "params": parameters});
        self.post_command("/goog/cdp/execute", json!({"cmd": "Network.enable", "params": {}})).await;
        self.post_command("/goog/cdp/execute", command).await;
    }

    /// Sets the permission of pages to use the microphone: `granted` or `denied`.
    pub async fn set_microphone_permission(&self, setting: &str) {
        let parameters = json!({"permission": {"name": "microphone"}, "setting": setting});
        let command = json!({"cmd": "Browser.setPermission", "params": parameters});
        self.post_command("/goog/cdp/execute", command).await;
    }

    /// Opens an address.
    pub async fn go_to(&self, address: &str) {
        self.post_command("/url", json!({"url": address})).await;
    }

    /// Reloads the page.
    pub async fn reload(&self) {
        self.post_command("/refresh", json!({})).await;
    }

    /// Address of the page.
    pub async fn current_address(&self) -> String {
        self.send_command(Method::GET, "/url", None).await.unwrap().as_str().unwrap().to_owned()
    }

    /// Runs the body of a JavaScript function; returns its result.
    pub async fn run_js(&self, body: &str) -> Value {
        self.post_command("/execute/sync", json!({"script": body, "args": []})).await
    }

    /// Runs the body of an asynchronous JavaScript function; returns its result, or its error as text.
    pub async fn run_async_js(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[0]; (async () => {{ {body} }})().then(done, e => done(String(e)));"
        );
        self.post_command("/execute/async", json!({"script": script, "args": []})).await
    }

    /// Waits until a JavaScript expression is true.
    #[track_caller]
    pub fn wait_until(&self, condition: &str) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let script = json!({"script": format!("return Boolean({condition})"), "args": []});
            // A page that is just being left answers with an error: the condition is not true yet.
            let look = async || self.send_command(Method::POST, "/execute/sync", Some(script.clone())).await;
            let Err(value) = poll_until(look, |value| *value == Ok(Value::Bool(true))).await else { return };
            self.save_screenshot("gave-up").await;
            let text = self.run_js("return document.body.innerText").await;
            let console = self.take_console_messages().await;
            panic!("{caller}: never true: {condition} ({value:?})\n{text}\n{console:?}");
        }
    }

    /// Stops the clock of the page (`Date.now`), by which it tells a tap from a hold, until the page is left.
    pub async fn stop_clock(&self) {
        self.run_js("window.stopped_time = Date.now(); Date.now = () => window.stopped_time").await;
    }

    /// Moves the stopped clock of the page on.
    pub async fn advance_clock(&self, milliseconds: u32) {
        self.run_js(&format!("window.stopped_time += {milliseconds}")).await;
    }

    /// Waits for an element; returns its id in the protocol.
    async fn find_element(&self, selector: &str) -> String {
        self.wait_until(&format!("document.querySelector({})", json!(selector))).await;
        let element =
            self.post_command("/element", json!({"using": "css selector", "value": selector})).await;
        element[ELEMENT_FIELD].as_str().unwrap().to_owned()
    }

    /// Clicks an element once it is there.
    pub async fn click(&self, selector: &str) {
        let mut attempts = 0;
        loop {
            let element = self.find_element(selector).await;
            match self.send_command(Method::POST, &format!("/element/{element}/click"), None).await {
                Ok(_) => return,
                // The page rendered the element anew between finding and clicking, which no person notices.
                Err(error) if attempts < 5 && error["error"] == "stale element reference" => attempts += 1,
                Err(error) => panic!("{selector}: {error}"),
            }
        }
    }

    /// Types into a field; a file field takes paths, one a line.
    pub async fn type_into(&self, selector: &str, text: &str) {
        let element = self.find_element(selector).await;
        self.post_command(&format!("/element/{element}/value"), json!({"text": text})).await;
    }

    /// Presses keys one after the other, wherever the keyboard focus is.
    pub async fn press_keys(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| {
                [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
            })
            .collect();
        self.post_command(
            "/actions",
            json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        )
        .await;
    }

    /// Presses a key while a modifier is held.
    pub async fn press_with_modifier(&self, modifier: &str, key: &str) {
        self.press_with_modifier_times(modifier, key, 1).await;
    }

    /// Presses a key with a modifier several times, as quickly as a person does.
    pub async fn press_with_modifier_times(&self, modifier: &str, key: &str, times: usize) {
        let action = |kind: &str, value: &str| json!({"type": kind, "value": value});
        let pause = json!({"type": "pause", "duration": 60});
        let one_press = [
            action("keyDown", modifier),
            action("keyDown", key),
            pause.clone(),
            action("keyUp", key),
            action("keyUp", modifier),
            pause,
        ];
        let strokes: Vec<Value> = std::iter::repeat_n(one_press, times).flatten().collect();
        self.post_command(
            "/actions",
            json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        )
        .await;
    }

    /// Presses keys without releasing them.
    pub async fn hold_keys(&self, keys: &[&str]) {
        self.send_key_actions("keyDown", keys).await;
    }

    /// Releases keys that are held.
    pub async fn release_keys(&self, keys: &[&str]) {
        self.send_key_actions("keyUp", keys).await;
    }

    /// Presses the push-to-talk keys without releasing them.
    pub async fn hold_talk_keys(&self) {
        self.hold_keys(&[CONTROL_KEY, " "]).await;
    }

    /// Releases the push-to-talk keys.
    pub async fn release_talk_keys(&self) {
        self.release_keys(&[" ", CONTROL_KEY]).await;
    }

    async fn send_key_actions(&self, kind: &str, keys: &[&str]) {
        let strokes: Vec<Value> = keys.iter().map(|key| json!({"type": kind, "value": key})).collect();
        self.post_command(
            "/actions",
            json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}),
        )
        .await;
    }

    /// Moves the pointer onto an element.
    pub async fn hover(&self, selector: &str) {
        let element = self.find_element(selector).await;
        let movement = json!({"type": "pointerMove", "duration": 40, "origin": {ELEMENT_FIELD: element}, "x": 0, "y": 0});
        let pointer = json!({"type": "pointer", "id": "mouse", "parameters": {"pointerType": "mouse"}, "actions": [movement]});
        self.post_command("/actions", json!({"actions": [pointer]})).await;
    }

    /// Text of an element as it is shown.
    pub async fn visible_text(&self, selector: &str) -> String {
        self.find_element(selector).await;
        let text =
            self.run_js(&format!("return document.querySelector({}).innerText", json!(selector))).await;
        text.as_str().unwrap_or_default().to_owned()
    }

    /// Number of elements that a selector matches.
    pub async fn count_elements(&self, selector: &str) -> u64 {
        let count =
            self.run_js(&format!("return document.querySelectorAll({}).length", json!(selector))).await;
        count.as_u64().unwrap()
    }

    /// Warnings and errors that the page wrote to its console since the last call; none with WebKit's
    /// driver, which has no such log.
    pub async fn take_console_messages(&self) -> Vec<String> {
        let log = self.send_command(Method::POST, "/se/log", Some(json!({"type": "browser"}))).await;
        let Ok(log) = log else { return Vec::new() };
        let lines = log.as_array().unwrap().iter();
        let problems = lines.filter(|line| matches!(line["level"].as_str(), Some("SEVERE" | "WARNING")));
        problems.map(|line| line["message"].as_str().unwrap_or_default().to_owned()).collect()
    }

    /// Asserts that the page wrote no warning and no error to its console.
    #[track_caller]
    pub fn assert_console_empty(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let console = self.take_console_messages().await;
            assert!(console.is_empty(), "{caller}: {console:#?}");
        }
    }

    /// Asserts that axe-core finds no violation of accessibility on the page.
    #[track_caller]
    pub fn assert_accessible(&self) -> impl Future<Output = ()> {
        let caller = std::panic::Location::caller();
        async move {
            let axe = hearth_host::tools_folder().unwrap().join("node_modules/axe-core/axe.min.js");
            let axe =
                std::fs::read_to_string(axe).expect("axe-core is there; start this by `cargo xtask test`");
            self.run_js(&axe).await;
            let violations = self
                .run_async_js(
                    "const r = await axe.run(document, {resultTypes: ['violations']}); \
                     return r.violations.map(v => v.id + ': ' + v.help + '\\n  ' + \
                       v.nodes.slice(0, 4).map(n => n.html + ' ' + n.any.map(a => a.message).join()).join('\\n  '));",
                )
                .await;
            assert!(violations.as_array().is_some_and(Vec::is_empty), "{caller}: {violations:#}");
        }
    }

    /// Saves a picture of the page in the folder of screenshots.
    pub async fn save_screenshot(&self, name: &str) {
        let picture = self.send_command(Method::GET, "/screenshot", None).await.unwrap();
        let folder = screenshots_folder();
        std::fs::create_dir_all(&folder).unwrap();
        let bytes = BASE64.decode(picture.as_str().unwrap()).unwrap();
        std::fs::write(folder.join(format!("{name}-{}.png", self.size.0)), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // The browser ends with its session; the answer does not matter.
        let _ = Command::new("curl").args(["-s", "-X", "DELETE", &self.session]).output();
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// Folder `screenshots` in the build folder.
pub fn screenshots_folder() -> PathBuf {
    let executable = std::env::current_exe().unwrap();
    let build = executable.ancestors().find(|folder| folder.ends_with("debug"));
    build.unwrap_or(&executable).with_file_name("screenshots")
}
