//! Sends messages to a mail server.
//!
//! ```text
//! MailServer --connect--> ServerLink; Message --SmtpSender::send--> Transaction over the link --> [Delivery]
//!    the whole conversation --> Listener, without the password
//! ```

mod connection;
mod failure;
mod sender;
mod server;
mod stream;
mod transaction;
mod transcript;

pub use sender::{Delivery, SmtpSender};
pub use server::{Login, MailServer, Timeouts};
pub use transaction::Outcome;
pub use transcript::{Listener, Password};
