//! The RTR client against a server that the test plays octet by octet (RFC 8210 section 5); a real one is asked by the
//! tests of the service's rows.

use super::*;
use crate::{
    asn::Asn,
    registry::{Objects, Registry},
    transport::rtr::{News, follow},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};

const RESET_QUERY: u8 = 2;
const SERIAL_QUERY: u8 = 1;
/// Seconds until data expire, short enough for a test.
const EXPIRE: u32 = 3;

struct Server {
    listener: TcpListener,
    news: mpsc::Receiver<News>,
}

impl Server {
    async fn start() -> Self {
        let listener = TcpListener::bind(port_0("127.0.0.1")).await.unwrap();
        let (sender, news) = mpsc::channel(4);
        tokio::spawn(follow(listener.local_addr().unwrap(), sender));
        Self { listener, news }
    }

    /// Takes the next connection and its first query.
    async fn accept(&self) -> (TcpStream, u8) {
        let (mut stream, _) = soon(self.listener.accept()).await.unwrap();
        let kind = query(&mut stream).await;
        (stream, kind)
    }

    async fn heard(&mut self) -> News {
        soon(self.news.recv()).await.unwrap()
    }

    async fn payloads(&mut self) -> (String, usize, u32) {
        match self.heard().await {
            News::Payloads { payloads, count, serial } => {
                let objects = Objects::default();
                let registry = Registry { objects: &objects, payloads: Some(&payloads) };
                let said = registry.prefix("11.0.0.0/16".parse().unwrap(), Asn::constant(64_500), None);
                (said.map_or_else(|doubt| doubt.to_string(), |evidence| evidence.to_string()), count, serial)
            }
            other => panic!("{other:?}"),
        }
    }

    async fn lost(&mut self) -> (String, Option<Duration>) {
        match self.heard().await {
            News::Lost { why, expires_in } => (why, expires_in),
            other => panic!("{other:?}"),
        }
    }
}

/// The type of a query; what follows its length is passed over.
async fn query(stream: &mut TcpStream) -> u8 {
    let mut header = [0; 8];
    soon(stream.read_exact(&mut header)).await.unwrap();
    let rest = u32::from_be_bytes(header[4..].try_into().unwrap()) as usize - header.len();
    soon(stream.read_exact(&mut vec![0; rest])).await.unwrap();
    header[1]
}

fn pdu(kind: u8, session: u16, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(8 + body.len()).unwrap();
    [&[1, kind][..], &session.to_be_bytes(), &length.to_be_bytes(), body].concat()
}

/// 11.0.0.0/16 up to /24: announced with flag 1, withdrawn with 0.
fn prefix(flag: u8, asn: u32) -> Vec<u8> {
    pdu(4, 0, &[&[flag, 16, 24, 0, 11, 0, 0, 0][..], &asn.to_be_bytes()].concat())
}

fn answer(serial: u32, prefixes: &[Vec<u8>]) -> Vec<u8> {
    let timing = [serial, 1, 1, EXPIRE].map(u32::to_be_bytes).concat();
    [pdu(3, 7, &[]), prefixes.concat(), pdu(7, 7, &timing)].concat()
}

#[tokio::test]
async fn rfc8210_8_a_server_says_all_then_what_changes() {
    let mut server = Server::start().await;
    let (mut stream, kind) = server.accept().await;
    assert_eq!(kind, RESET_QUERY);
    stream.write_all(&answer(1, &[prefix(1, 64_500), prefix(1, 0)])).await.unwrap();
    assert_eq!(server.payloads().await, ("ROA for 11.0.0.0/16 of AS64500".to_owned(), 2, 1));
    assert_eq!(query(&mut stream).await, SERIAL_QUERY);
    stream.write_all(&answer(1, &[])).await.unwrap();
    assert!(matches!(server.heard().await, News::Confirmed { serial: 1 }));
    assert_eq!(query(&mut stream).await, SERIAL_QUERY);
    stream.write_all(&answer(2, &[prefix(0, 64_500)])).await.unwrap();
    let (said, count, serial) = server.payloads().await;
    assert!(said.contains("RPKI invalid") && said.contains("nobody"), "{said}");
    assert_eq!((count, serial), (1, 2));
}

#[tokio::test]
async fn rfc8210_5_11_a_withdrawal_of_nothing_ends_the_session_and_all_is_asked_for_again() {
    let mut server = Server::start().await;
    let (mut stream, _) = server.accept().await;
    stream.write_all(&answer(1, &[prefix(1, 64_500)])).await.unwrap();
    server.payloads().await;
    query(&mut stream).await;
    stream.write_all(&answer(2, &[prefix(0, 64_501)])).await.unwrap();
    let (why, expires_in) = server.lost().await;
    assert!(why.contains("it said what cannot be") && expires_in.is_some(), "{why}");
    let (mut stream, kind) = server.accept().await;
    assert_eq!(kind, RESET_QUERY);
    stream.write_all(&answer(2, &[prefix(1, 64_500)])).await.unwrap();
    assert!(matches!(server.heard().await, News::Confirmed { serial: 2 }), "it says the same as before");
}

#[tokio::test]
async fn rfc8210_6_what_a_lost_server_has_said_expires() {
    let mut server = Server::start().await;
    let (mut stream, _) = server.accept().await;
    stream.write_all(&answer(1, &[prefix(1, 64_500)])).await.unwrap();
    server.payloads().await;
    drop(stream);
    let (_, expires_in) = server.lost().await;
    assert!(expires_in.is_some_and(|rest| rest <= Duration::from_secs(EXPIRE.into())), "{expires_in:?}");
    // It listens, but never answers anything.
    loop {
        match server.heard().await {
            News::Expired => break,
            News::Lost { .. } => {}
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test]
async fn what_is_no_rtr_server_is_lost_with_a_reason() {
    let mut server = Server::start().await;
    let (mut stream, _) = server.accept().await;
    stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
    let (why, expires_in) = server.lost().await;
    assert!(why.contains("has ended the session: ") && expires_in.is_none(), "{why}");
}
