//! A lean HTTP/1.1 client: kept-alive connections, requests written whole, no more of a response parsed than is needed.
//!
//! It shares two cores with the server and the database, so every cycle it saves goes to what is measured.
use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;

use tokio::net::TcpStream;

/// Longest response head that is accepted, bytes.
const HEAD_LIMIT: usize = 16 * 1024;

/// One kept-alive connection.
pub struct Connection {
    address: SocketAddr,
    stream: TcpStream,
    buffer: Vec<u8>,
    filled: usize,
}

/// A response: its status and where its body stands in the connection's buffer.
#[derive(Debug, Clone, Copy)]
pub struct Response {
    pub status: u16,
    head: usize,
    length: usize,
    keeps: bool,
}

impl Connection {
    /// Connects to the server.
    pub async fn open(address: SocketAddr) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Connection { address, stream, buffer: vec![0; 16 * 1024], filled: 0 })
    }

    /// Sends a whole request and waits for the whole response.
    pub async fn exchange(&mut self, request: &[u8]) -> Result<Response> {
        self.write(request).await?;
        self.filled = 0;
        let mut response = None;
        loop {
            if let Some(Response { head, length, .. }) = response {
                if self.filled >= head + length {
                    break;
                }
            } else if let Some(found) = parse_head(&self.buffer[..self.filled])? {
                response = Some(found);
                if self.buffer.len() < found.head + found.length {
                    self.buffer.resize(found.head + found.length, 0);
                }
                continue;
            }
            self.read().await?;
        }
        let response = response.ok_or(ErrorKind::InvalidData)?;
        if !response.keeps {
            // The server is allowed to close; the next request needs a new stream.
            self.stream = TcpStream::connect(self.address).await?;
            self.stream.set_nodelay(true)?;
        }
        Ok(response)
    }

    /// The body of the last response.
    pub fn body(&self, response: Response) -> &[u8] {
        &self.buffer[response.head..response.head + response.length]
    }

    async fn write(&mut self, mut bytes: &[u8]) -> Result<()> {
        while !bytes.is_empty() {
            match self.stream.try_write(bytes) {
                Ok(written) => bytes = &bytes[written..],
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.stream.writable().await?,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        if self.filled == self.buffer.len() {
            self.buffer.resize(self.filled * 2, 0);
        }
        loop {
            match self.stream.try_read(&mut self.buffer[self.filled..]) {
                Ok(0) => return Err(ErrorKind::UnexpectedEof.into()),
                Ok(read) => {
                    self.filled += read;
                    return Ok(());
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.stream.readable().await?,
                Err(error) => return Err(error),
            }
        }
    }
}

/// The head of a response, once it is there whole.
fn parse_head(bytes: &[u8]) -> Result<Option<Response>> {
    let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") else {
        return if bytes.len() > HEAD_LIMIT { Err(invalid("the response head is too long")) } else { Ok(None) };
    };
    let head = std::str::from_utf8(&bytes[..end]).map_err(|_| invalid("the response head is no text"))?;
    let mut lines = head.split("\r\n");
    let status = lines
        .next()
        .and_then(|line| line.strip_prefix("HTTP/1.1 "))
        .and_then(|rest| rest.get(..3))
        .and_then(|status| status.parse().ok())
        .ok_or_else(|| invalid("no HTTP/1.1 status line"))?;
    let (mut length, mut keeps) = (None, true);
    for (name, value) in lines.filter_map(|line| line.split_once(':')) {
        let value = value.trim();
        if name.eq_ignore_ascii_case("content-length") {
            length = value.parse().ok();
        } else if name.eq_ignore_ascii_case("connection") {
            keeps = !value.eq_ignore_ascii_case("close");
        }
    }
    let length = match length {
        Some(length) => length,
        None if status == 204 || status == 304 => 0,
        None => return Err(invalid("a response without content-length")),
    };
    Ok(Some(Response { status, head: end + 4, length, keeps }))
}

fn invalid(text: &str) -> Error {
    Error::new(ErrorKind::InvalidData, text)
}

/// Writes requests into one buffer that is used again.
#[derive(Default)]
pub struct Request {
    bytes: Vec<u8>,
}

impl Request {
    /// A request without a body.
    pub fn get(&mut self, path: &str, token: &str) -> &[u8] {
        self.bytes.clear();
        self.push(&["GET ", path, " HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ", token, "\r\n\r\n"]);
        &self.bytes
    }

    /// A POST of JSON under an idempotency key.
    pub fn post(&mut self, path: &str, token: &str, key: &str, body: &str) -> &[u8] {
        self.bytes.clear();
        let length = body.len().to_string();
        self.push(&["POST ", path, " HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer ", token]);
        self.push(&["\r\ncontent-type: application/json\r\nidempotency-key: ", key, "\r\ncontent-length: ", &length]);
        self.push(&["\r\n\r\n", body]);
        &self.bytes
    }

    /// A form sent with HTTP Basic, as the token endpoint wants it.
    pub fn form(&mut self, path: &str, basic: &str, body: &str) -> &[u8] {
        self.bytes.clear();
        let length = body.len().to_string();
        self.push(&["POST ", path, " HTTP/1.1\r\nhost: localhost\r\nauthorization: Basic ", basic]);
        self.push(&[
            "\r\ncontent-type: application/x-www-form-urlencoded\r\ncontent-length: ",
            &length,
            "\r\n\r\n",
            body,
        ]);
        &self.bytes
    }

    fn push(&mut self, parts: &[&str]) {
        for part in parts {
            self.bytes.extend_from_slice(part.as_bytes());
        }
    }
}
