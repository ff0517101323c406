//! The microphone: a sound server of the test's own plays into it.

use std::time::{Duration, Instant};

use hearth_domain::Sound;
use hearth_speech::{Microphone, Resampler};
use hearth_tests::sound::{MICROPHONE, SoundServer};
use hearth_tests::whisper::spoken;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

const SAID: &str = "How often is the burner cleaned before the heating season?";
/// The test starts itself again with it, as a program finds its sound server when it starts.
const INSIDE: &str = "HEARTH_TEST_SOUND";

/// What was heard until it ended.
#[derive(Default)]
struct Heard {
    samples: Vec<f32>,
    levels: Vec<f32>,
    began: Vec<String>,
    lost: Option<String>,
}

async fn all(mut sounds: Receiver<Sound>) -> Heard {
    let mut heard = Heard::default();
    while let Some(sound) = sounds.recv().await {
        match sound {
            Sound::Began { microphone } => heard.began.push(microphone),
            Sound::Samples(samples) => heard.samples.extend(samples),
            Sound::Level(level) => heard.levels.push(level),
            Sound::Lost(why) => heard.lost = Some(why),
        }
    }
    heard
}

/// The same at 16 kHz, by a resampler that is measured elsewhere.
fn reference(wav: &[u8]) -> Vec<f32> {
    let rate = u32::from_le_bytes(wav[24..28].try_into().unwrap());
    let values =
        wav[44..].chunks_exact(2).map(|two| f32::from(i16::from_le_bytes([two[0], two[1]])) / 32_768.0);
    let (mut resampler, mut out) = (Resampler::new(rate).unwrap(), Vec::new());
    resampler.push(&values.collect::<Vec<f32>>(), &mut out);
    resampler.finish(&mut out);
    out
}

/// How alike two sounds are where they are most alike, 0 to 1; the second begins somewhere in the first.
fn likeness(heard: &[f32], said: &[f32]) -> f32 {
    let alike = |at: usize, step: usize| {
        let (mut both, mut one, mut other) = (0.0_f32, 1e-9_f32, 1e-9_f32);
        for (a, b) in heard[at..].iter().zip(said).step_by(step) {
            both += a * b;
            one += a * a;
            other += b * b;
        }
        both / (one * other).sqrt()
    };
    // Roughly first, then to the sample.
    let places = heard.len().saturating_sub(said.len());
    let best = (0..places).step_by(3).max_by(|a, b| alike(*a, 7).total_cmp(&alike(*b, 7))).unwrap_or(0);
    (best.saturating_sub(9)..(best + 9).min(places)).map(|at| alike(at, 1)).fold(0.0, f32::max)
}

/// How often something is said before a device is taken for one that hears badly.
const TRIES: u32 = 3;

#[test]
fn what_is_said_is_heard_whole_by_any_device_and_its_loss_is_told() {
    if let Ok(address) = std::env::var(INSIDE) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        return runtime.block_on(inside(SoundServer::at(&address)));
    }
    let server = SoundServer::start(48_000, 1);
    let name = "microphone::what_is_said_is_heard_whole_by_any_device_and_its_loss_is_told";
    let output = std::process::Command::new(std::env::current_exe().unwrap())
        .args([name, "--exact", "--nocapture"])
        .env("PULSE_SERVER", &server.address)
        .env(INSIDE, &server.address)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}");
    print!("{text}");
}

/// Listens while it is said.
async fn hear(microphone: &Microphone, server: &SoundServer, device: Option<&str>, wav: &[u8]) -> Heard {
    let stop = CancellationToken::new();
    let wanted = device.map(|device| format!("pulseaudio:{device}.monitor"));
    let mut sounds = microphone.listen(wanted, stop.clone());
    let first = sounds.recv().await;
    assert!(matches!(first, Some(Sound::Began { .. })), "{first:?}");
    let rest = tokio::spawn(all(sounds));
    server.say(device.unwrap_or(MICROPHONE), wav);
    // What was played is heard a moment later.
    tokio::time::sleep(Duration::from_millis(300)).await;
    stop.cancel();
    rest.await.unwrap()
}

async fn inside(server: SoundServer) {
    let wav = spoken(SAID);
    let said = reference(&wav);
    let microphone = Microphone::new();
    let found = microphone.devices().all().unwrap();
    let default = found.iter().find(|microphone| microphone.is_default).expect("there is one");
    assert_eq!(default.id, format!("pulseaudio:{MICROPHONE}.monitor"));

    // The system's own, then slow ones and fine ones, of one channel and of two.
    server.connect("slow", 8_000, 1);
    server.connect("fine", 96_000, 2);
    for (device, least) in [(None, 0.9), (Some("slow"), 0.7), (Some("fine"), 0.9)] {
        // A sound server that gets no time on a busy machine loses samples by itself: once of three times all must be there.
        let mut heard = hear(&microphone, &server, device, &wav).await;
        let mut like = likeness(&heard.samples, &said);
        for _ in 1..TRIES {
            if like >= least {
                break;
            }
            heard = hear(&microphone, &server, device, &wav).await;
            like = likeness(&heard.samples, &said);
        }
        assert!(like >= least, "{device:?}: {like}");
        let loudest = heard.levels.iter().copied().fold(0.0, f32::max);
        assert!(loudest > 0.4 && heard.levels.contains(&0.0), "{loudest}");
        let rate = heard.levels.len() as f32 / (heard.samples.len() as f32 / 16_000.0);
        assert!((26.0..31.0).contains(&rate), "{rate} levels a second");
        assert_eq!(heard.lost, None);
    }

    // A hundred times in a row, each at once, with what came just before; and nothing piles up.
    let fine = || Some("pulseaudio:fine.monitor".to_owned());
    let mut took = Vec::new();
    let before = resident();
    for _ in 0..100 {
        // No hand is quicker.
        tokio::time::sleep(Duration::from_millis(120)).await;
        let (stop, from) = (CancellationToken::new(), Instant::now());
        let mut sounds = microphone.listen(fine(), stop.clone());
        assert!(matches!(sounds.recv().await, Some(Sound::Began { .. })));
        took.push(from.elapsed());
        stop.cancel();
        let heard = all(sounds).await;
        assert_eq!(heard.lost, None);
    }
    took.sort();
    let (middle, slowest) = (took[took.len() / 2], took[took.len() - 1]);
    println!("from asking to listening, open already: {middle:?}, slowest {slowest:?}");
    // Half of them: others build and test beside this.
    assert!(middle < Duration::from_millis(20) && slowest < Duration::from_secs(1), "{middle:?} {slowest:?}");
    assert!(resident() < before + (16 << 20), "{} MB", (resident() - before) >> 20);
    tokio::time::sleep(Duration::from_millis(600)).await;
    let stop = CancellationToken::new();
    let sounds = microphone.listen(fine(), stop.clone());
    tokio::time::sleep(Duration::from_millis(60)).await;
    stop.cancel();
    let heard = all(sounds).await.samples.len();
    assert!(heard > 6400, "the last 400 ms are there: {heard}");

    // One that stays open is the system's own, whichever that is by now.
    microphone.stay_ready(true, None);
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(server.control(&["set-default-source", "slow.monitor"]));
    // It is seen after some seconds, while nobody listens.
    let mut loudest = 0.0;
    let deadline = Instant::now() + Duration::from_secs(40);
    while loudest < 0.4 {
        assert!(Instant::now() < deadline, "it stays the one that it was: {loudest}");
        tokio::time::sleep(Duration::from_secs(2)).await;
        let stop = CancellationToken::new();
        let mut sounds = microphone.listen(None, stop.clone());
        assert!(matches!(sounds.recv().await, Some(Sound::Began { .. })));
        let rest = tokio::spawn(all(sounds));
        server.say("slow", &wav);
        stop.cancel();
        let heard = rest.await.unwrap();
        assert_eq!(heard.lost, None);
        loudest = heard.levels.iter().copied().fold(0.0, f32::max);
    }
    assert!(server.control(&["set-default-source", &format!("{MICROPHONE}.monitor")]));
    assert_eq!(microphone.trouble(), None);

    // Whoever looks at the list often makes nothing pile up.
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let before = threads();
    for _ in 0..20 {
        assert!(microphone.devices().all().unwrap().len() >= 3);
    }
    assert!(threads() <= before + 2, "{before} {}", threads());

    // All of them are pulled out in the middle: that is told, and the next one is heard as if nothing had been.
    let mut sounds = microphone.listen(None, CancellationToken::new());
    assert!(matches!(sounds.recv().await, Some(Sound::Began { .. })));
    let rest = tokio::spawn(all(sounds));
    tokio::time::sleep(Duration::from_millis(300)).await;
    server.disconnect_all();
    let heard = tokio::time::timeout(Duration::from_secs(20), rest).await.expect("it is told").unwrap();
    assert!(heard.lost.is_some() && !heard.samples.is_empty(), "{:?}", heard.lost);
    // That it cannot stay open is told, too, as nobody listens.
    microphone.stay_ready(true, None);
    let deadline = Instant::now() + Duration::from_secs(20);
    while microphone.trouble().is_none() {
        assert!(Instant::now() < deadline, "it has no trouble without a microphone");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    server.connect("new", 44_100, 2);
    server.control(&["set-default-source", "new.monitor"]);
    let stop = CancellationToken::new();
    let mut sounds = microphone.listen(None, stop.clone());
    assert!(matches!(sounds.recv().await, Some(Sound::Began { .. })));
    assert_eq!(microphone.trouble(), None);
}

/// Bytes of this process that are in memory.
fn resident() -> u64 {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    pages.split(' ').nth(1).unwrap().parse::<u64>().unwrap() * 4096
}
