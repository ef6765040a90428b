//! Requests that no well-behaved client would send.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use super::http::{Answer, Call};

/// Sends `call` with a body that the server is expected to refuse before it has read it all. The answer is read while
/// the body is still being sent, and a connection that the server closes meanwhile is no fault.
pub fn send_unread(base: &str, call: &Call) -> Answer {
    let address = base.trim_start_matches("http://");
    let body = call.body.clone().unwrap_or_default();
    let mut head = format!("{} {} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n", call.method, call.path);
    for (name, value) in &call.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
    exchange(address, call, head.into_bytes(), body)
}

fn exchange(address: &str, call: &Call, head: Vec<u8>, body: Vec<u8>) -> Answer {
    let mut stream = TcpStream::connect(address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(40))).expect("a timeout can be set");
    let mut writing = stream.try_clone().expect("a socket can be shared");
    writing.write_all(&head).expect("the head can be sent");
    let writer = std::thread::spawn(move || {
        // The server may have closed its side already, which is what is being tested.
        let _ = writing.write_all(&body);
    });
    let mut bytes = Vec::new();
    let mut chunk = [0; 16 * 1024];
    while let Ok(count) = stream.read(&mut chunk) {
        if count == 0 {
            break;
        }
        bytes.extend_from_slice(&chunk[..count]);
        if complete(&bytes) {
            break;
        }
    }
    drop(stream);
    let answer = parse(call, &bytes);
    writer.join().expect("the writer does not panic");
    answer
}

fn complete(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let Some((head, _)) = text.split_once("\r\n\r\n") else { return false };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
    });
    length.is_some_and(|length| bytes.len() >= head.len() + 4 + length)
}

fn parse(call: &Call, bytes: &[u8]) -> Answer {
    let end = bytes.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no answer to {} {}: {bytes:?}", call.method, call.path));
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.lines();
    let status = lines.next().and_then(|line| line.split(' ').nth(1)).and_then(|status| status.parse().ok());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_owned(), value.trim().to_owned())).collect();
    Answer::new(call, status.expect("a status line"), headers, bytes[end + 4..].to_vec())
}
