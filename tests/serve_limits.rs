//! What the workbench withstands: connections that are held open, endless requests, any number of messages.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::cli::{OLD, Place};
use crate::serve::Served;

fn place() -> Place {
    let place = Place::new();
    place.write("psalink.yaml", "portal: acme\ndialect: connectwise\n").write("m/a.html", OLD);
    place
}

/// Whether the other end has closed a connection.
fn is_closed(stream: &mut TcpStream) -> bool {
    stream.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let mut bytes = [0; 512];
    loop {
        match stream.read(&mut bytes) {
            Ok(0) => return true,
            Ok(_) => {}
            Err(error) => {
                return !matches!(error.kind(), std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
            }
        }
    }
}

#[test]
fn held_connections_keep_the_owner_out_at_no_time() {
    let place = place();
    let served = Served::start(&place, "m");
    let mut news = served.news();
    let mut held: Vec<TcpStream> = Vec::new();
    for round in 0..8 {
        held.extend((0..75).map(|_| served.connect(b"G")));
        let start = Instant::now();
        served.get("/").is(200);
        served.template("m/a.html");
        assert!(start.elapsed() < Duration::from_secs(5), "round {round}: {:?}", start.elapsed());
    }
    // The oldest one made room, and the page that has shown its key is still connected.
    std::thread::sleep(Duration::from_millis(200));
    let closed = held.iter_mut().filter_map(|stream| is_closed(stream).then_some(())).count();
    assert!((344..=600).contains(&closed), "{closed} of {} were closed", held.len());
    place.write("m/a.html", "<p>new</p>\n");
    assert!(news.any(|line| line.contains("m/a.html")), "the page still hears of changes");
}

#[test]
fn slow_headers_and_idle_connections_end() {
    let place = place();
    let served = Served::start(&place, "m");
    let start = Instant::now();
    let mut slow = served.connect(b"GET / HTTP/1.1\r\n");
    let mut silent = served.connect(b"");
    let mut idle = served.connect(format!("{}\r\n", served.head("GET /api/project")).as_bytes());
    let news = served.news();
    let mut ended = [None; 3];
    while start.elapsed() < Duration::from_secs(25) && ended.contains(&None) {
        std::thread::sleep(Duration::from_millis(500));
        let _ = slow.write_all(b"a"); // one byte now and then
        for (stream, ended) in [&mut slow, &mut silent, &mut idle].into_iter().zip(&mut ended) {
            if ended.is_none() && is_closed(stream) {
                *ended = Some(start.elapsed().as_secs());
            }
        }
    }
    assert!(ended.iter().all(|ended| ended.is_some_and(|at| (8..20).contains(&at))), "{ended:?}");
    // Notifications do not count as idling.
    place.write("m/a.html", "<p>new</p>\n");
    assert!({ news }.any(|line| line.contains("m/a.html")));
}

#[test]
fn mails_are_kept_up_to_a_limit() {
    let place = place();
    let served = Served::start(&place, "m");
    let paste = |text: &str| {
        let reply =
            served.post("paste", &json!({ "html": format!("<p>{text}</p>"), "dialect": "connectwise" })).is(200);
        format!("/mail/{}", reply.json()["mail"]["id"].as_str().unwrap())
    };
    let large = "x".repeat(9 << 20);
    let first = paste("first");
    let large_mail = paste(&large);
    assert!(served.get(&first).is(200).text().contains("first"));
    let (_, third) = (paste(&large), paste(&large));
    assert!(served.get(&large_mail).is(200).body.len() > 9 << 20);
    let last = paste(&large);
    served.get(&first).is(404);
    served.get(&large_mail).is(404);
    served.get(&third).is(200);
    served.get(&last).is(200);
}
