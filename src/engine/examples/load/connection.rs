//! One socket and its buffers. Knows nothing of what is said.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv4Addr, SocketAddrV4};

use mio::net::TcpStream;
use mio::{Interest, Registry, Token};
use socket2::{Domain, Socket, Type};

/// Clients come from so many addresses, or those who come and go would use up the ports of one.
const SOURCES: usize = if cfg!(target_os = "linux") { 16 } else { 1 };

pub(crate) struct Connection {
    stream: TcpStream,
    /// The beginning of something whose rest has not come yet.
    kept: Vec<u8>,
    unsent: Vec<u8>,
    /// How much of `unsent` is gone already.
    gone: usize,
}

/// What a read has given.
pub(crate) struct Filled {
    /// What was kept and what was read.
    pub(crate) length: usize,
    /// There was no more.
    pub(crate) drained: bool,
}

impl Connection {
    /// Connects at once: on the loopback that is done by the kernel, without the server.
    pub(crate) fn open(
        port: u16,
        nth: usize,
        registry: &Registry,
        token: Token,
    ) -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.set_tcp_nodelay(true)?;
        if SOURCES > 1 {
            let source = Ipv4Addr::new(127, 0, 0, 1 + (nth % SOURCES) as u8);
            socket.bind(&SocketAddrV4::new(source, 0).into())?;
        }
        socket.connect(&SocketAddrV4::new(Ipv4Addr::LOCALHOST, port).into())?;
        socket.set_nonblocking(true)?;
        let mut stream = TcpStream::from_std(socket.into());
        registry.register(&mut stream, token, Interest::READABLE | Interest::WRITABLE)?;
        Ok(Self { stream, kept: Vec::new(), unsent: Vec::new(), gone: 0 })
    }

    /// Reads into `scratch`, behind what was kept; None when nothing is there.
    pub(crate) fn read(&mut self, scratch: &mut [u8]) -> io::Result<Option<Filled>> {
        let kept = self.kept.len();
        if kept >= scratch.len() {
            return Err(io::Error::other("a message is too long for the generator"));
        }
        scratch[..kept].copy_from_slice(&self.kept);
        match self.stream.read(&mut scratch[kept..]) {
            Ok(0) => Err(ErrorKind::UnexpectedEof.into()),
            Ok(count) => {
                self.kept.clear();
                let length = kept + count;
                Ok(Some(Filled { length, drained: length < scratch.len() }))
            }
            Err(error) if is_transient(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Puts bytes aside until their rest comes.
    pub(crate) fn keep(&mut self, bytes: &[u8]) {
        self.kept.extend_from_slice(bytes);
    }

    /// Where to append what is to be sent.
    pub(crate) fn unsent(&mut self) -> &mut Vec<u8> {
        &mut self.unsent
    }

    /// Sends what the socket takes.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        while self.gone < self.unsent.len() {
            match self.stream.write(&self.unsent[self.gone..]) {
                Ok(count) => self.gone += count,
                // The next writable event goes on with it.
                Err(error) if is_transient(&error) => return Ok(()),
                Err(error) => return Err(error),
            }
        }
        self.unsent.clear();
        self.gone = 0;
        Ok(())
    }
}

fn is_transient(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}
