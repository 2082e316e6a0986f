//! Messages sent to a mail server.
//!
//! ```text
//! MailServer --connect--> Link; Letter --Postman::send--> Transaction over the Link --> [Delivery]
//!    all that is said --> Listener, without the password
//! ```

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
