//! Messages sent to a mail server.

mod connection;
mod failure;
mod sender;
mod server;
mod stream;
mod transcript;

pub use sender::{Delivery, Fate, Postman};
pub use server::{Login, MailServer, Patience};
pub use transcript::{Listener, Password};
