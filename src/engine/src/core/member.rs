//! A client as the others in its room see it.

use crate::ids::ConnId;
use crate::protocol::KvStore;

/// What a hello (or the hello hook's result) says about a client. Names are JSON fragments, absent where the hello had none.
pub(crate) struct Member {
    /// May not change the room, and is not shown to others.
    pub(crate) readonly: bool,
    /// Shown in the list of clients. Differs from `!readonly` only where the application wrote `clientInfo.readonly`.
    pub(crate) listed: bool,
    pub(crate) client_type: Option<Box<str>>,
    pub(crate) client_name: Option<Box<str>>,
    pub(crate) state: KvStore,
}

impl Member {
    /// The entry of the client map in a hello response: `"connection:1":{"clientState":{},"clientName":..,"clientType":..}`.
    pub(crate) fn write_listing(&self, conn: ConnId, out: &mut Vec<u8>) {
        write_id(conn, out);
        out.extend_from_slice(b":{\"clientState\":");
        self.state.write_json(out);
        write_text(b",\"clientName\":", self.client_name.as_deref(), out);
        write_text(b",\"clientType\":", self.client_type.as_deref(), out);
        out.push(b'}');
    }

    /// The entry of `addClients` in a notification: the same, in the original's other order.
    pub(crate) fn announcement(&self, conn: ConnId) -> Vec<u8> {
        let mut out = Vec::with_capacity(64);
        write_id(conn, &mut out);
        out.extend_from_slice(b":{");
        self.write_fields(&mut out);
        out.push(b'}');
        out
    }

    /// The pair that a JavaScript mirror gets: `[1,{"clientType":..,"clientName":..,"clientState":{},"readonly":false}]`.
    pub(crate) fn write_mirror(&self, conn: ConnId, out: &mut Vec<u8>) {
        out.extend_from_slice(format!("[{},{{", conn.0).as_bytes());
        self.write_fields(out);
        out.extend_from_slice(if self.listed {
            b",\"readonly\":false}]"
        } else {
            b",\"readonly\":true}]"
        });
    }

    fn write_fields(&self, out: &mut Vec<u8>) {
        for (label, name) in
            [("\"clientType\":", &self.client_type), ("\"clientName\":", &self.client_name)]
        {
            if name.is_some() {
                write_text(label.as_bytes(), name.as_deref(), out);
                out.push(b',');
            }
        }
        out.extend_from_slice(b"\"clientState\":");
        self.state.write_json(out);
    }
}

/// The client's id as a JSON string.
pub(crate) fn write_id(conn: ConnId, out: &mut Vec<u8>) {
    use std::io::Write;
    // Writing to a Vec can't fail.
    let _ = write!(out, "\"connection:{}\"", conn.0);
}

/// A member that may be absent.
pub(super) fn write_text(label: &[u8], text: Option<&str>, out: &mut Vec<u8>) {
    if let Some(text) = text {
        out.extend_from_slice(label);
        out.extend_from_slice(text.as_bytes());
    }
}
