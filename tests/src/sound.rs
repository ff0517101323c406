//! A sound server of the test's own (PulseAudio), whose microphones play what a test gives them.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::wait_until;
use crate::waiting::block_until;

/// Sink whose monitor is the microphone.
pub const MICROPHONE_SINK: &str = "vmic";

/// A sound server; ended when dropped, and its folder deleted.
pub struct SoundServer {
    /// Process of the server, or `None` if another process owns it.
    process: Option<Child>,
    home: TempDir,
    /// Address for programs (`PULSE_SERVER`).
    pub address: String,
}

impl SoundServer {
    /// Starts a server with one microphone; `rate` is in Hz.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(rate: u32, channels: u32) -> Self {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("sound");
        let protocol = format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display());
        let sink = format!(
            "module-null-sink sink_name={MICROPHONE_SINK} rate={rate} channels={channels} channel_map={}",
            channel_map(channels)
        );
        let process = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"])
            .args(["-L", &protocol, "-L", &sink])
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio is there; `cargo xtask test` installs it");
        let server = Self { process: Some(process), address: format!("unix:{}", socket.display()), home };
        let microphone = format!("{MICROPHONE_SINK}.monitor");
        block_until("the sound server starts", || server.run_pactl(&["set-default-source", &microphone]));
        server
    }

    /// Server that runs already at an address.
    ///
    /// # Panics
    /// When no folder for recordings can be created.
    pub fn from_address(address: &str) -> Self {
        Self { process: None, home: tempfile::tempdir().unwrap(), address: address.to_owned() }
    }

    fn create_command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PULSE_SERVER", &self.address)
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Runs pactl; true if it succeeded.
    pub fn run_pactl(&self, arguments: &[&str]) -> bool {
        self.create_command("pactl").args(arguments).status().is_ok_and(|status| status.success())
    }

    /// True while a program records from a microphone.
    ///
    /// # Panics
    /// When the server does not answer.
    pub fn is_recorded(&self, microphone: &str) -> bool {
        let mut command = self.create_command("pactl");
        let listed = command.args(["list", "short", "sources"]).stdout(Stdio::piped()).output().unwrap();
        let source = format!("{microphone}.monitor");
        let listed = String::from_utf8_lossy(&listed.stdout);
        listed.lines().any(|line| line.contains(&source) && line.ends_with("RUNNING"))
    }

    /// Adds a loudspeaker that programs play to by default, and records its sound.
    ///
    /// # Panics
    /// When it cannot be added.
    pub fn add_loudspeaker(&self) -> Loudspeaker {
        self.add_microphone("loudspeaker", 48_000, 1);
        assert!(self.run_pactl(&["set-default-sink", "loudspeaker"]));
        let mut recorder = self
            .create_command("parec")
            .args(["--device=loudspeaker.monitor", "--raw", "--format=s16le", "--rate=16000", "--channels=1"])
            .arg("--latency-msec=10")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = recorder.stdout.take().unwrap();
        let heard = Arc::new(Mutex::new(RecordedSound::default()));
        let heard_in_thread = Arc::clone(&heard);
        std::thread::spawn(move || {
            let mut bytes = [0; 320];
            while output.read_exact(&mut bytes).is_ok() {
                let mut samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                let is_loud = samples.any(|sample| sample.unsigned_abs() > LOUD_THRESHOLD);
                let mut heard = heard_in_thread.lock().unwrap();
                if is_loud {
                    *heard = RecordedSound { last_loud: Some(Instant::now()), silence: Duration::ZERO };
                } else {
                    heard.silence += Duration::from_millis(10);
                }
            }
        });
        Loudspeaker { recorder, heard }
    }

    /// Adds a microphone; `rate` is in Hz.
    ///
    /// # Panics
    /// When it cannot be added.
    pub fn add_microphone(&self, name: &str, rate: u32, channels: u32) {
        let [name, rate, map] = [
            format!("sink_name={name}"),
            format!("rate={rate}"),
            format!("channel_map={}", channel_map(channels)),
        ];
        let channels = format!("channels={channels}");
        assert!(self.run_pactl(&["load-module", "module-null-sink", &name, &rate, &channels, &map]));
    }

    /// Removes all microphones, as if they were unplugged.
    pub fn remove_all_microphones(&self) {
        self.run_pactl(&["unload-module", "module-null-sink"]);
    }

    /// Plays a WAV (16 bits, one channel) into a microphone to its end.
    ///
    /// # Panics
    /// When it cannot be played.
    pub fn play_into(&self, microphone: &str, wav: &[u8]) {
        let file = self.home.path().join(format!("{microphone}.wav"));
        // The server renders ahead: a sound that begins at once would lose its beginning.
        let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap()) as usize;
        let padded = [&wav[..44], &vec![0; 2 * rate * 3 / 2], &wav[44..], &vec![0; rate]].concat();
        std::fs::write(&file, padded).unwrap();
        assert!(self.play_file(microphone, &file), "the recording cannot be played");
    }

    fn play_file(&self, microphone: &str, file: &Path) -> bool {
        let device = format!("--device={microphone}");
        self.create_command("paplay").arg(device).arg(file).status().is_ok_and(|status| status.success())
    }
}

/// Amplitude above which a sample is no noise.
const LOUD_THRESHOLD: u16 = 600;

/// A loudspeaker whose sound is recorded.
pub struct Loudspeaker {
    recorder: Child,
    heard: Arc<Mutex<RecordedSound>>,
}

/// Sound of a loudspeaker so far.
#[derive(Default)]
struct RecordedSound {
    /// Time of the last sound.
    last_loud: Option<Instant>,
    /// Duration of the recorded silence after it.
    silence: Duration,
}

impl Loudspeaker {
    /// Time of the last sound, or `None` if there was none yet.
    pub fn last_sound_time(&self) -> Option<Instant> {
        self.heard.lock().unwrap().last_loud
    }

    /// Waits for the next sound.
    pub async fn wait_for_sound(&self) {
        let from = Instant::now();
        wait_until("a sound is heard", async || self.last_sound_time().is_some_and(|at| at > from)).await;
    }

    /// Waits until as much silence was recorded after the last sound.
    pub async fn wait_for_silence(&self, duration: Duration) {
        wait_until("the loudspeaker is silent", async || self.heard.lock().unwrap().silence >= duration)
            .await;
    }
}

impl Drop for Loudspeaker {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

/// Channel map of a number of channels.
fn channel_map(channels: u32) -> &'static str {
    if channels == 1 { "mono" } else { "front-left,front-right" }
}

impl Drop for SoundServer {
    fn drop(&mut self) {
        if let Some(process) = &mut self.process {
            let _ = process.kill();
            let _ = process.wait();
        }
    }
}
