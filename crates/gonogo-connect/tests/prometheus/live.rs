//! Debian's Prometheus as a private process on loopback, scraping an exporter whose numbers the test sets.

use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime};

use gonogo_connect::{Credentials, Prometheus};
use gonogo_core::Timestamp;
use gonogo_guard::driver::MetricSource;
use gonogo_guard::testing::metric_source;
use gonogo_guard::{Arm, FaultKind, Sample, Seconds, Window};

use crate::{plan, wait};

/// How long anything here may take at most; everything is waited for by its condition.
const DEADLINE: Duration = Duration::from_secs(60);

/// What the exporter says, or that it is down.
type Page = Arc<Mutex<Option<String>>>;

struct Exporter {
    port: u16,
    page: Page,
    scrapes: Arc<Mutex<u64>>,
}

impl Exporter {
    fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let page: Page = Arc::default();
        let scrapes: Arc<Mutex<u64>> = Arc::default();
        let (shown, counted) = (Arc::clone(&page), Arc::clone(&scrapes));
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut asked = [0; 4096];
                let _ = stream.read(&mut asked);
                let Some(text) = shown.lock().unwrap().clone() else { continue };
                let _ = write!(
                    stream,
                    "HTTP/1.1 200 OK\r\ncontent-type: text/plain; version=0.0.4\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{text}",
                    text.len()
                );
                *counted.lock().unwrap() += 1;
            }
        });
        Self { port, page, scrapes }
    }

    fn scrapes(&self) -> u64 {
        *self.scrapes.lock().unwrap()
    }

    /// Shows these numbers and waits until they were read twice, so that the server holds them.
    fn show(&self, numbers: &Numbers) {
        *self.page.lock().unwrap() = Some(numbers.page());
        let before = self.scrapes();
        until("two scrapes", || (self.scrapes() >= before + 2).then_some(()));
    }
}

#[derive(Clone, Copy)]
struct Numbers {
    canary: [u64; 3],
    control: [u64; 3],
    errors_exist: bool,
}

impl Numbers {
    /// Per arm: good requests, failed requests, exceptions.
    fn page(&self) -> String {
        let mut text = String::new();
        for (version, [good, failed, exceptions]) in [("v2", self.canary), ("v1", self.control)] {
            let _ = writeln!(text, "requests_total{{version=\"{version}\",code=\"200\"}} {good}");
            if self.errors_exist {
                let _ = writeln!(text, "requests_total{{version=\"{version}\",code=\"500\"}} {failed}");
                let _ = writeln!(text, "exceptions_total{{version=\"{version}\",type=\"Timeout\"}} {exceptions}");
            }
            let _ = writeln!(text, "latency_seconds_bucket{{version=\"{version}\",le=\"0.1\"}} {good}");
            let _ = writeln!(text, "latency_seconds_bucket{{version=\"{version}\",le=\"+Inf\"}} {}", good + failed);
            let _ = writeln!(text, "memory_bytes{{version=\"{version}\"}} {}", 1000 + good);
        }
        text
    }
}

struct Server {
    process: Child,
    url: String,
    _data: tempfile::TempDir,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn until<T>(what: &str, mut holds: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(value) = holds() {
            return value;
        }
        assert!(start.elapsed() < DEADLINE, "{what} did not come about within {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Starts a server that scrapes `exporter` every second; `None`, loudly, where there is none to start.
fn start(exporter: &Exporter) -> Option<Server> {
    let expected =
        std::env::var("GONOGO_SERVERS").is_ok_and(|servers| servers.split(' ').any(|name| name == "prometheus"));
    let there = Command::new("prometheus").arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if there.is_err() {
        assert!(!expected, "GONOGO_SERVERS names prometheus, and it cannot be run");
        eprintln!(
            "SKIPPED: no prometheus on the PATH (scripts/servers prometheus installs it); the live test did not run"
        );
        return None;
    }
    let data = tempfile::tempdir().unwrap();
    let config = data.path().join("prometheus.yml");
    let scrape = format!(
        "global: {{scrape_interval: 1s, scrape_timeout: 900ms}}\nscrape_configs:\n- job_name: test\n  static_configs:\n  - targets: ['127.0.0.1:{}']\n",
        exporter.port
    );
    std::fs::write(&config, scrape).unwrap();
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let process = Command::new("prometheus")
        .arg(format!("--config.file={}", config.display()))
        .arg(format!("--storage.tsdb.path={}", data.path().join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let server = Server { process, url: format!("http://127.0.0.1:{port}"), _data: data };
    until("a server that is ready", || {
        let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
        stream.write_all(b"GET /-/ready HTTP/1.0\r\n\r\n").ok()?;
        let mut said = String::new();
        stream.read_to_string(&mut said).ok()?;
        said.contains(" 200 ").then_some(())
    });
    Some(server)
}

fn now() -> Timestamp {
    let seconds = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    Timestamp::from_unix_seconds(i64::try_from(seconds).unwrap()).unwrap()
}

/// Waits until whole seconds have passed a moment: windows here begin and end at whole seconds.
fn next_second() -> Timestamp {
    let at = now().checked_add(Duration::from_secs(1)).unwrap();
    until("the next second", || (now() >= at).then_some(at))
}

fn reading(window: &Window, arm: Arm, metric: &str) -> Result<Sample, FaultKind> {
    window.arms[&arm][metric].clone()
}

#[test]
fn windows_of_a_live_server_hold_exactly_what_was_counted_in_them() {
    let exporter = Exporter::new();
    let mut numbers = Numbers { canary: [1000, 0, 0], control: [9000, 0, 0], errors_exist: false };
    *exporter.page.lock().unwrap() = Some(numbers.page());
    let Some(server) = start(&exporter) else { return };
    let source = Prometheus::new(&server.url, Credentials::none(), plan()).unwrap();
    exporter.show(&numbers);

    // First window: more requests, still no series of errors.
    let first = next_second();
    numbers.canary[0] += 137;
    numbers.control[0] += 911;
    exporter.show(&numbers);
    let second = next_second();
    // Second window: errors appear for the first time.
    numbers.canary = [numbers.canary[0] + 50, 7, 3];
    numbers.control = [numbers.control[0] + 500, 1, 0];
    numbers.errors_exist = true;
    exporter.show(&numbers);
    let third = next_second();
    exporter.show(&numbers);

    let window = |from, to| wait(source.window(from, to)).unwrap();
    let (one, two, both) = (window(first, second), window(second, third), window(first, third));
    assert_eq!(reading(&one, Arm::Canary, "errors"), Sample::rate(137.0, 0.0));
    assert_eq!(reading(&one, Arm::Control, "errors"), Sample::rate(911.0, 0.0));
    assert_eq!(reading(&two, Arm::Canary, "errors"), Sample::rate(57.0, 7.0));
    assert_eq!(reading(&two, Arm::Control, "errors"), Sample::rate(501.0, 1.0));
    assert_eq!(reading(&both, Arm::Canary, "errors"), Sample::rate(194.0, 7.0));
    let Ok(Sample::Exceptions(exceptions)) = reading(&two, Arm::Canary, "exceptions") else { panic!("no exceptions") };
    assert_eq!(exceptions["Timeout"].get(), 3.0);
    let Ok(Sample::Buckets(buckets)) = reading(&two, Arm::Canary, "latency") else { panic!("no buckets") };
    assert_eq!((buckets.total().get(), buckets.above(0)), (57.0, Some(7.0)));
    let Ok(Sample::Value(memory)) = reading(&two, Arm::Canary, "memory") else { panic!("no memory") };
    assert!((2137.0..=2187.0).contains(&memory.get()), "{memory}");

    // The contract that every source must keep.
    let seconds = Seconds::new((third.since(first).unwrap()).as_secs_f64()).unwrap();
    assert_eq!(wait(metric_source(&source, first, seconds)), Ok(()));

    // The process restarts: its counters begin again.
    let fourth = next_second();
    numbers.canary = [5, 0, 0];
    exporter.show(&numbers);
    let fifth = next_second();
    exporter.show(&numbers);
    assert_eq!(reading(&window(fourth, fifth), Arm::Canary, "errors"), Err(FaultKind::CounterReset));

    // The exporter goes down: what was read before is not taken for now.
    *exporter.page.lock().unwrap() = None;
    let down = next_second();
    let later = down.checked_add(Duration::from_secs(5)).unwrap();
    until("five seconds of silence", || (now() > later).then_some(()));
    let silent = window(down, later);
    for metric in ["errors", "latency", "memory", "exceptions"] {
        assert!(
            reading(&silent, Arm::Canary, metric).is_err(),
            "{metric}: {:?}",
            reading(&silent, Arm::Canary, metric)
        );
    }

    // A query the server refuses.
    let mut wrong = plan();
    wrong.metrics.retain(|name, _| name == "load");
    wrong.metrics.get_mut("load").unwrap().expression = Some("sum(memory_bytes{$arm}".to_owned());
    let source = Prometheus::new(&server.url, Credentials::none(), wrong).unwrap();
    let error = wait(source.window(first, second)).unwrap_err().to_string();
    assert!(error.contains("HTTP 400") && error.contains("parse error"), "{error}");
}
