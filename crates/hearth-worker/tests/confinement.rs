//! Limits of a confined worker, tried by exceeding them. This binary is its own worker: started
//! with `worker` it serves one request.

use std::io::Read;
use std::net::TcpStream;
use std::process::{Command, ExitCode};
use std::time::Duration;

use hearth_domain::ErrorCode;
use hearth_worker::{Input, Limits, Refusal, Worker, WorkerError, serve_request, serve_session};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

fn perform_action(action: &str, bytes: &[u8]) -> Result<(String, Vec<u8>), Refusal> {
    let describe_result = |result: Result<(), String>| result.err().unwrap_or_else(|| "done".to_owned());
    let io = |result: std::io::Result<()>| describe_result(result.map_err(|error| error.to_string()));
    let answer = match action {
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
            let mut blocks: Vec<Vec<u8>> = Vec::new();
            for _ in 0..4096 {
                blocks.push(vec![1; 1 << 20]);
            }
            format!("hoarded {}", blocks.len())
        }
        "refuse" => {
            return Err(Refusal::new(ErrorCode::Conflict, "not this one"));
        }
        other => panic!("unknown action {other}"),
    };
    Ok((answer, bytes.to_vec()))
}

/// Limit of the time of an action that ends: far above what it takes on a loaded machine.
const MAX_SECONDS: u64 = 300;

/// Worker of this binary in a mode, with a limit of its time.
fn create_worker(mode: &str, seconds: u64) -> Worker {
    let limits = Limits { memory_bytes: 1 << 30, seconds, ..Limits::default() };
    Worker::new(std::env::current_exe().expect("this binary's path"), &[mode], limits)
}

async fn check_confinement() {
    let worker = create_worker("worker", MAX_SECONDS);
    let run = async |action: &str, bytes: &[u8]| worker.run::<_, String>(&action, Input::Bytes(bytes)).await;

    let big = vec![7; 5 << 20];
    let echo = run("echo", &big).await.expect("an echo");
    assert_eq!((echo.reply.as_str(), echo.bytes.len()), ("echo", big.len()));
    assert_eq!(run("thread", b"").await.expect("a thread").reply, "Ok(42)");

    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a listener");
    let address = listener.local_addr().expect("its address").to_string();
    let other_file = std::env::temp_dir().join(format!("hearth-victim-{}", std::process::id()));
    std::fs::write(&other_file, b"x").expect("a file to be left alone");
    let path = other_file.to_string_lossy().into_owned();
    for (action, bytes) in [
        ("write", ""),
        ("read", ""),
        ("remove", path.as_str()),
        ("connect", address.as_str()),
        ("listen", ""),
        ("execute", ""),
    ] {
        let answer = run(action, bytes.as_bytes()).await.expect(action).reply;
        assert!(
            answer.contains("not permitted") || answer.contains("denied"),
            "{action} was answered: {answer}"
        );
    }
    assert!(!std::path::Path::new("/tmp/hearth-worker-escaped").exists());
    let mut contents = String::new();
    std::fs::File::open(&other_file)
        .and_then(|mut file| file.read_to_string(&mut contents))
        .expect("the file is still there");
    std::fs::remove_file(&other_file).expect("tidied up");

    assert!(matches!(run("crash", b"").await, Err(WorkerError::Died(_))));
    assert!(matches!(run("hoard", b"").await, Err(WorkerError::Died(_))));
    let slept = create_worker("worker", 1).run::<_, String>(&"sleep", Input::Bytes(b"")).await;
    assert!(matches!(slept, Err(WorkerError::TimedOut(1))));
    match run("refuse", b"").await {
        Err(WorkerError::Refused(refusal)) => assert_eq!(refusal.code(), ErrorCode::Conflict),
        other => panic!("a refusal expected: {other:?}"),
    }
    let missing_program = Worker::new("/nonexistent/program", &[], Limits::default());
    assert!(matches!(
        missing_program.run::<_, String>(&"echo", Input::Bytes(b"")).await,
        Err(WorkerError::Spawn(_))
    ));
}

/// Sessions keep their state from request to request.
async fn check_sessions() {
    let worker = create_worker("session", MAX_SECONDS);
    let mut session = worker.open_session(&"ready").await.expect("a session");
    let (sender, mut parts) = mpsc::channel(8);
    let no_stop = CancellationToken::new();
    for (index, bytes) in [b"one".as_slice(), &vec![9; 1 << 20]].into_iter().enumerate() {
        let done = session
            .run::<_, String>(&"echo", Input::Bytes(bytes), MAX_SECONDS, Some(&sender), &no_stop)
            .await
            .expect("an echo");
        assert_eq!((done.reply, done.bytes.len()), (format!("echo after {index}"), bytes.len()));
        assert_eq!(parts.recv().await.as_deref(), Some(b"part".as_slice()));
    }
    // A session is confined, and a refusal does not end it.
    let call = async |session: &mut hearth_worker::WorkerSession, action: &str, seconds| {
        session.run::<_, String>(&action, Input::Bytes(b""), seconds, None, &CancellationToken::new()).await
    };
    let answer = call(&mut session, "read", MAX_SECONDS).await.expect("an answer").reply;
    assert!(answer.contains("not permitted") || answer.contains("denied"), "{answer}");
    assert!(matches!(call(&mut session, "refuse", MAX_SECONDS).await, Err(WorkerError::Refused(_))));
    assert!(session.is_alive());
    // Nor does a stop, which ends the running request, and no other.
    for _ in 0..3 {
        let stop = CancellationToken::new();
        let waiting = session.run::<_, String>(&"wait", Input::Bytes(b""), MAX_SECONDS, Some(&sender), &stop);
        let (result, begun) = tokio::join!(waiting, async {
            let begun = parts.recv().await;
            stop.cancel();
            begun
        });
        assert_eq!(begun.as_deref(), Some(b"begun".as_slice()));
        assert!(matches!(result, Err(WorkerError::Refused(Refusal::Stopped))));
        // A stop that comes after the end of its request does not end the next.
        stop.cancel();
        let echo = session.run::<_, String>(&"echo", Input::Bytes(b""), MAX_SECONDS, None, &stop);
        let reply = echo.await.expect("an echo").reply;
        assert!(reply.starts_with("echo"), "{reply}");
        assert!(call(&mut session, "echo", MAX_SECONDS).await.is_ok());
    }
    // A request that takes too long ends the session, and so does one that crashes.
    assert!(matches!(call(&mut session, "sleep", 1).await, Err(WorkerError::TimedOut(1))));
    let mut session = worker.open_session(&"ready").await.expect("a session");
    assert!(matches!(call(&mut session, "crash", MAX_SECONDS).await, Err(WorkerError::Died(_))));
    assert!(!session.is_alive());
    assert!(
        matches!(worker.open_session(&"never").await, Err(WorkerError::Refused(refusal)) if refusal.to_string() == "never")
    );
}

/// A pipe that a library of the parent has open for a moment without close-on-exec (GLib's own, as it starts
/// another program): a worker that is started meanwhile does not delay the end of that pipe.
#[cfg(target_os = "linux")]
async fn check_inherited_pipes() {
    let worker = create_worker("session", MAX_SECONDS);
    let (read_end, write_end) = nix::unistd::pipe().expect("a pipe that children inherit");
    let mut session = worker.open_session(&"ready").await.expect("a session");
    drop(write_end);
    let read = tokio::task::spawn_blocking(move || std::fs::File::from(read_end).read(&mut [0]));
    let read = tokio::time::timeout(Duration::from_secs(MAX_SECONDS), read)
        .await
        .expect("the worker holds the pipe");
    assert_eq!(read.expect("a read").expect("its end"), 0);
    assert!(session.is_alive());
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    if arguments.get(1).is_some_and(|first| first == "worker") {
        let result =
            serve_request(|_: &String| Ok(()), |(), action: String, bytes| perform_action(&action, &bytes));
        return result.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    if arguments.get(1).is_some_and(|first| first == "session") {
        let result = serve_session(
            |setup: String| match setup.as_str() {
                "ready" => Ok(0),
                other => Err(Refusal::new(ErrorCode::Conflict, other)),
            },
            Ok,
            |count: &mut usize, action: String, bytes, context| {
                if action == "wait" {
                    context.send_part(b"begun").expect("the parent listens");
                    while !context.stop_flag().is_set() {
                        std::thread::sleep(Duration::from_millis(1));
                    }
                    return Err(Refusal::Stopped);
                }
                let (answer, bytes) = perform_action(&action, &bytes)?;
                context.send_part(b"part").expect("the parent listens");
                *count += 1;
                Ok((if action == "echo" { format!("echo after {}", *count - 1) } else { answer }, bytes))
            },
        );
        return result.map_or(ExitCode::FAILURE, |()| ExitCode::SUCCESS);
    }
    #[cfg(target_os = "linux")]
    {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
        runtime.block_on(check_confinement());
        runtime.block_on(check_sessions());
        runtime.block_on(check_inherited_pipes());
    }
    ExitCode::SUCCESS
}
