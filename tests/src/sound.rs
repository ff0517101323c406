//! A sound server of its own (PulseAudio) whose microphone plays what a test wants.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(15);
/// The loudspeaker whose sound is what the microphone hears.
pub const MICROPHONE: &str = "vmic";

/// Gone when dropped, with all that it knew.
pub struct SoundServer {
    /// None where another process has it.
    process: Option<Child>,
    home: TempDir,
    /// Where programs find it (`PULSE_SERVER`).
    pub address: String,
}

impl SoundServer {
    /// With one microphone of this rate and number of channels.
    ///
    /// # Panics
    /// When it does not start.
    pub fn start(rate: u32, channels: u32) -> Self {
        let home = tempfile::tempdir().unwrap();
        let socket = home.path().join("sound");
        let protocol = format!("module-native-protocol-unix socket={} auth-anonymous=1", socket.display());
        let speaker = format!(
            "module-null-sink sink_name={MICROPHONE} rate={rate} channels={channels} channel_map={}",
            map(channels)
        );
        let process = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--disable-shm=yes", "--use-pid-file=no"])
            .args(["-L", &protocol, "-L", &speaker])
            .env("HOME", home.path())
            .env("XDG_RUNTIME_DIR", home.path())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("pulseaudio is there; `cargo xtask test` installs it");
        let server = Self { process: Some(process), address: format!("unix:{}", socket.display()), home };
        let deadline = Instant::now() + PATIENCE;
        while !server.control(&["set-default-source", &format!("{MICROPHONE}.monitor")]) {
            assert!(Instant::now() < deadline, "the sound server does not start");
            std::thread::sleep(Duration::from_millis(50));
        }
        server
    }

    /// One that runs already.
    ///
    /// # Panics
    /// Without a folder for what is said.
    pub fn at(address: &str) -> Self {
        Self { process: None, home: tempfile::tempdir().unwrap(), address: address.to_owned() }
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command
            .env("PULSE_SERVER", &self.address)
            .env("HOME", self.home.path())
            .env("XDG_RUNTIME_DIR", self.home.path());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        command
    }

    /// Tells the server something; whether it took it.
    pub fn control(&self, words: &[&str]) -> bool {
        self.command("pactl").args(words).status().is_ok_and(|status| status.success())
    }

    /// Another loudspeaker, which programs play to by themselves, and an ear at it.
    ///
    /// # Panics
    /// When it cannot be had.
    pub fn loudspeaker(&self) -> Loudspeaker {
        self.connect("loudspeaker", 48_000, 1);
        assert!(self.control(&["set-default-sink", "loudspeaker"]));
        let mut recorder = self
            .command("parec")
            .args(["--device=loudspeaker.monitor", "--raw", "--format=s16le", "--rate=16000", "--channels=1"])
            .arg("--latency-msec=10")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut output = recorder.stdout.take().unwrap();
        let loud = Arc::new(Mutex::new(None));
        let heard = Arc::clone(&loud);
        std::thread::spawn(move || {
            let mut bytes = [0; 320];
            while output.read_exact(&mut bytes).is_ok() {
                let mut samples = bytes.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                if samples.any(|sample| sample.unsigned_abs() > LOUD) {
                    *heard.lock().unwrap() = Some(Instant::now());
                }
            }
        });
        Loudspeaker { recorder, loud }
    }

    /// Another microphone.
    ///
    /// # Panics
    /// When it cannot be had.
    pub fn connect(&self, name: &str, rate: u32, channels: u32) {
        let [name, rate, map] =
            [format!("sink_name={name}"), format!("rate={rate}"), format!("channel_map={}", map(channels))];
        let channels = format!("channels={channels}");
        assert!(self.control(&["load-module", "module-null-sink", &name, &rate, &channels, &map]));
    }

    /// Pulls microphones out: all that there are.
    pub fn disconnect_all(&self) {
        self.control(&["unload-module", "module-null-sink"]);
    }

    /// Says something (a WAV with 16 bits and one channel) into a microphone, until it was said.
    ///
    /// # Panics
    /// When it cannot be played.
    pub fn say(&self, microphone: &str, wav: &[u8]) {
        let file = self.home.path().join(format!("{microphone}.wav"));
        // The server renders ahead: what begins at once would be cut.
        let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap()) as usize;
        let quiet = [&wav[..44], &vec![0; 2 * rate * 3 / 2], &wav[44..], &vec![0; rate]].concat();
        std::fs::write(&file, quiet).unwrap();
        assert!(self.play(microphone, &file), "it cannot be played");
    }

    fn play(&self, microphone: &str, file: &Path) -> bool {
        let device = format!("--device={microphone}");
        self.command("paplay").arg(device).arg(file).status().is_ok_and(|status| status.success())
    }
}

/// Above which a sample is no noise.
const LOUD: u16 = 600;

/// What comes out of the loudspeaker, while it is heard.
pub struct Loudspeaker {
    recorder: Child,
    loud: Arc<Mutex<Option<Instant>>>,
}

impl Loudspeaker {
    /// When something was heard last.
    ///
    /// # Panics
    /// Never.
    pub fn last_loud(&self) -> Option<Instant> {
        *self.loud.lock().unwrap()
    }

    /// Waits until something is heard from now on.
    pub async fn until_loud(&self) {
        let from = Instant::now();
        crate::desktop::until(|| self.last_loud().is_some_and(|at| at > from)).await;
    }
}

impl Drop for Loudspeaker {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

/// Which channel goes where.
fn map(channels: u32) -> &'static str {
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
