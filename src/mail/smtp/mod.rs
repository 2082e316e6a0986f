//! Messages sent to a mail server.

mod connection;
mod failure;
mod sender;
mod server;
mod stream;
mod transaction;
mod transcript;

pub use sender::{Delivery, Postman};
pub use server::{Login, MailServer, Patience};
pub use transaction::Fate;
pub use transcript::{Listener, Password};
