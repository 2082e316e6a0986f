//! Messages sent to a mail server.
//!
//! ```text
//! MailServer --connect--> Link; Message --SmtpSender::send--> Transaction over the Link --> [Delivery]
//!    all that is said --> Listener, without the password
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
