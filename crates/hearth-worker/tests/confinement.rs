//! What a confined worker cannot do, tried by doing it. This binary is its own worker: started
//! with `worker` it serves one job.

use std::io::Read;
use std::net::TcpStream;
use std::process::{Command, ExitCode};
use std::time::Duration;

use hearth_worker::{Input, Limits, Refusal, STOPPED, Worker, WorkerError, serve, serve_session};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn attempt(job: &str, bytes: &[u8]) -> Result<(String, Vec<u8>), Refusal> {
    let told = |result: Result<(), String>| result.err().unwrap_or_else(|| "done".to_owned());
    let io = |result: std::io::Result<()>| told(result.map_err(|error| error.to_string()));
    let answer = match job {
        "echo" => "echo".to_owned(),
        "write" => io(std::fs::write("/tmp/hearth-worker-escaped", b"x")),
        "read" => io(std::fs::File::open("/etc/passwd").map(drop)),
        "remove" => io(std::fs::remove_file(String::from_utf8_lossy(bytes).as_ref())),
        "connect" => io(TcpStream::connect(String::from_utf8_lossy(bytes).as_ref()).map(drop)),
        "listen" => io(std::net::UdpSocket::bind("127.0.0.1:0").map(drop)),
        "execute" => io(Command::new("/bin/true").status().map(drop)),
        "thread" => {
            let sum = std::thread::spawn(|| 40 + 2).join();
            format!("{sum:?}")
        }
        "crash" => std::process::abort(),
        "sleep" => {
            std::thread::sleep(Duration::from_mins(1));
            "slept".to_owned()
        }
        "hoard" => {
            let mut all: Vec<Vec<u8>> = Vec::new();
            for _ in 0..4096 {
                all.push(vec![1; 1 << 20]);
            }
            format!("hoarded {}", all.len())
        }
        "refuse" => {
            return Err(Refusal { code: "no".into(), message: "not this one".into() });
        }
        other => panic!("unknown job {other}"),
    };
    Ok((answer, bytes.to_vec()))
}

async fn checks() {
    let limits = Limits { memory_bytes: 1 << 30, seconds: 3, ..Limits::default() };
    let worker = Worker::new(std::env::current_exe().expect("this binary's path"), &["worker"], limits);
    let run = async |job: &str, bytes: &[u8]| worker.run::<_, String>(&job, Input::Bytes(bytes)).await;

    let big = vec![7; 5 << 20];
    let echo = run("echo", &big).await.expect("an echo");
    assert_eq!((echo.reply.as_str(), echo.bytes.len()), ("echo", big.len()));
    assert_eq!(run("thread", b"").await.expect("a thread").reply, "Ok(42)");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address").to_string();
    let victim = std::env::temp_dir().join(format!("hearth-victim-{}", std::process::id()));
    std::fs::write(&victim, b"x").expect("a file to be left alone");
    let path = victim.to_string_lossy().into_owned();
    for (job, bytes) in [
        ("write", ""),
        ("read", ""),
        ("remove", path.as_str()),
        ("connect", address.as_str()),
        ("listen", ""),
        ("execute", ""),
    ] {
        let answer = run(job, bytes.as_bytes()).await.expect(job).reply;
        assert!(
            answer.contains("not permitted") || answer.contains("denied"),
            "{job} was answered: {answer}"
        );
    }
    assert!(!std::path::Path::new("/tmp/hearth-worker-escaped").exists());
    let mut left = String::new();
    std::fs::File::open(&victim)
        .and_then(|mut file| file.read_to_string(&mut left))
        .expect("the file is still there");
    std::fs::remove_file(&victim).expect("tidied up");

    assert!(matches!(run("crash", b"").await, Err(WorkerError::Died(_))));
    assert!(matches!(run("hoard", b"").await, Err(WorkerError::Died(_))));
    assert!(matches!(run("sleep", b"").await, Err(WorkerError::TimedOut(3))));
    match run("refuse", b"").await {
        Err(WorkerError::Refused(refusal)) => assert_eq!(refusal.code, "no"),
        other => panic!("a refusal expected: {other:?}"),
    }
    let absent = Worker::new("/nonexistent/program", &[], limits);
    assert!(matches!(absent.run::<_, String>(&"echo", Input::Bytes(b"")).await, Err(WorkerError::Spawn(_))));
}

/// A process that remembers, for as long as it lives.
async fn sessions() {
    let limits = Limits { memory_bytes: 1 << 30, seconds: 3, ..Limits::default() };
    let worker = Worker::new(std::env::current_exe().expect("this binary's path"), &["session"], limits);
    let mut session = worker.open(&"ready").await.expect("a session");
    let (sender, mut parts) = mpsc::channel(8);
    let never = CancellationToken::new();
    for (nth, bytes) in [b"one".as_slice(), &vec![9; 1 << 20]].into_iter().enumerate() {
        let done = session
            .call::<_, String>(&"echo", Input::Bytes(bytes), 3, Some(&sender), &never)
            .await
            .expect("an echo");
        assert_eq!((done.reply, done.bytes.len()), (format!("echo after {nth}"), bytes.len()));
        assert_eq!(parts.recv().await.as_deref(), Some(b"part".as_slice()));
    }
    // It is confined, and a refusal does not end it.
    let call = async |session: &mut hearth_worker::Session, job: &str, seconds| {
        session.call::<_, String>(&job, Input::Bytes(b""), seconds, None, &CancellationToken::new()).await
    };
    let answer = call(&mut session, "read", 3).await.expect("an answer").reply;
    assert!(answer.contains("not permitted") || answer.contains("denied"), "{answer}");
    assert!(matches!(call(&mut session, "refuse", 3).await, Err(WorkerError::Refused(_))));
    assert!(session.is_alive());
    // Nor does a stop, which ends the job that is being done, and no other.
    for _ in 0..3 {
        let stop = CancellationToken::new();
        let waits = session.call::<_, String>(&"wait", Input::Bytes(b""), 3, None, &stop);
        let (waited, ()) = tokio::join!(waits, async {
            tokio::time::sleep(Duration::from_millis(50)).await;
            stop.cancel();
        });
        assert!(matches!(waited, Err(WorkerError::Refused(refusal)) if refusal.code == STOPPED));
        // One that has ended before it was heard of does not end the next.
        stop.cancel();
        let done =
            session.call::<_, String>(&"echo", Input::Bytes(b""), 3, None, &stop).await.expect("an echo");
        assert!(done.reply.starts_with("echo"), "{}", done.reply);
        assert!(call(&mut session, "echo", 3).await.is_ok());
    }
    // A job that takes too long, and one that crashes, do.
    assert!(matches!(call(&mut session, "sleep", 1).await, Err(WorkerError::TimedOut(1))));
    let mut session = worker.open(&"ready").await.expect("a session");
    assert!(matches!(call(&mut session, "crash", 3).await, Err(WorkerError::Died(_))));
    assert!(!session.is_alive());
    assert!(
        matches!(worker.open(&"never").await, Err(WorkerError::Refused(refusal)) if refusal.code == "never")
    );
}

/// What a library of the parent has open for a moment without saying that children are not to have it (GLib's own pipes, as it
/// starts another program): who waits for that pipe's end is not kept waiting by a worker that was made meanwhile.
#[cfg(target_os = "linux")]
async fn inherits_nothing() {
    let worker =
        Worker::new(std::env::current_exe().expect("this binary's path"), &["session"], Limits::default());
    let (end, held) = nix::unistd::pipe().expect("a pipe that children inherit");
    let mut session = worker.open(&"ready").await.expect("a session");
    drop(held);
    let read = tokio::task::spawn_blocking(move || std::fs::File::from(end).read(&mut [0]));
    let read = tokio::time::timeout(Duration::from_secs(5), read).await.expect("the worker holds the pipe");
    assert_eq!(read.expect("a read").expect("its end"), 0);
    assert!(session.is_alive());
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "worker") {
        let served = serve(|_: &String| Ok(()), |(), job: String, bytes| attempt(&job, &bytes));
        return served.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    if arguments.get(1).is_some_and(|first| first == "session") {
        let served = serve_session(
            |setup: String| match setup.as_str() {
                "ready" => Ok(0),
                code => Err(Refusal { code: code.to_owned(), message: "it is not".into() }),
            },
            Ok,
            |count: &mut usize, job: String, bytes, parts| {
                if job == "wait" {
                    while !parts.stopped().is_so() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    return Err(Refusal { code: STOPPED.into(), message: "it was not wanted".into() });
                }
                let (answer, bytes) = attempt(&job, &bytes)?;
                parts.send(b"part").expect("the parent listens");
                *count += 1;
                Ok((if job == "echo" { format!("echo after {}", *count - 1) } else { answer }, bytes))
            },
        );
        return served.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    #[cfg(target_os = "linux")]
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(checks());
        runtime.block_on(sessions());
        runtime.block_on(inherits_nothing());
    }
    ExitCode::SUCCESS
}
