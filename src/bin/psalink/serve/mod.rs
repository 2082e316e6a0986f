//! `psalink serve`: the workbench, a web page on this computer for people who do not use a terminal.
//!
//! ```text
//! browser --connections--> request_guard --routes--> template, fix, paste, send … --Opened--> Answer as JSON
//! a file changes --watch--> Event --> every open page
//! ```

mod access;
mod addresses;
mod answer;
mod assets;
mod connections;
mod entrance;
mod event;
mod fix;
mod kept_mails;
mod launch;
mod mail;
mod opened;
mod outside;
mod paste;
mod patience;
mod project;
mod refusal;
mod request_guard;
mod routes;
mod rule;
mod send;
mod template;
mod terminal;
mod watch;
mod workbench;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use psalink::session::Overrides;
use psalink::{Error, ErrorKind, Vocabulary};
use tokio::net::TcpListener;

use self::access::PageAccess;
use self::addresses::Addresses;
use self::event::Event;
use self::request_guard::RequestGuard;
use self::workbench::Workbench;
use crate::args::ServeArgs;
use crate::atomic_write;
use crate::console::{Console, Status};
use crate::inputs::sessions::Sessions;
use crate::paths::show;

/// The default port; if it is in use, the next free one.
const PORT: u16 = 7474;

pub fn run(args: &ServeArgs, console: &mut Console) -> Result<Status, Error> {
    std::thread::spawn(Vocabulary::builtin);
    let folder = match args.settings.paths.as_slice() {
        [] => None,
        [folder] if folder.is_dir() => Some(folder.as_path()),
        [path] => {
            let detail = "the workbench needs a folder of templates, and there is no folder with this name";
            return Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
        }
        _ => {
            return Err(Error::new(
                ErrorKind::Usage,
                "the workbench shows one folder; use the folder that contains the others",
            ));
        }
    };
    let overrides = args.settings.overrides();
    // Errors in the command line are reported here, not by every page.
    Sessions::new(&args.settings, &overrides)?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Error::could_not("start the server", error))?;
    runtime.block_on(serve(args, folder, overrides, console))
}

async fn serve(
    args: &ServeArgs,
    folder: Option<&Path>,
    overrides: Overrides,
    console: &mut Console,
) -> Result<Status, Error> {
    let listener = listen(args.bind, args.port).await?;
    let address = listener.local_addr().map_err(failed)?;
    let guard = RequestGuard::new(address)?;
    let access = Arc::clone(guard.access());
    let workbench = Arc::new(Workbench::new(folder, &args.settings, overrides));
    let (event_sender, mut events) = tokio::sync::mpsc::unbounded_channel();
    let (watch, blind) = watch::start(&workbench, event_sender.clone());
    if let Some(error) = blind {
        console.error(&error);
    }
    let door = Door { args, folder, listening: address, access };
    door.warn(console);
    door.show(console)?;
    workbench.sweep();
    atomic_write::swept().iter().for_each(|line| console.inform(line));
    terminal::listen(event_sender);
    let serving = tokio::spawn(connections::serve(listener, routes::router(workbench, guard)));
    let mut was_wrong = false;
    while let Some(event) = events.recv().await {
        match event {
            Event::Enter => door.show(console)?,
            Event::Settings(Some(error)) => {
                console.error(&error);
                was_wrong = true;
            }
            Event::Settings(None) if was_wrong => {
                console.inform("the settings are valid again");
                was_wrong = false;
            }
            Event::Settings(None) => {}
        }
    }
    drop(watch);
    serving.abort();
    Ok(Status::Clean)
}

/// The way into the workbench.
struct Door<'a> {
    args: &'a ServeArgs,
    folder: Option<&'a Path>,
    listening: SocketAddr,
    access: Arc<PageAccess>,
}

impl Door<'_> {
    /// Warns who can reach the workbench besides the owner of this computer.
    fn warn(&self, console: &mut Console) {
        if self.listening.ip().is_loopback() {
            return;
        }
        console.say(
            "warning: everyone on your network can connect to this workbench. Anyone who gets an address below can read and \
             change these templates and send previews with your mail login. The connection is not \
             encrypted. Use it only on a network that you trust.\n",
        );
    }

    /// Prints an address that works once, and opens another one in the browser.
    fn show(&self, console: &mut Console) -> Result<(), Error> {
        let addresses = Addresses::of(self.listening);
        let ticket = self.access.hand_out()?;
        let url = |address: SocketAddr, ticket: &str| format!("http://{address}/?token={ticket}");
        let subject = match self.folder {
            Some(folder) => format!("the workbench for `{}`", show(folder)),
            None => "the workbench".to_owned(),
        };
        let mut others = addresses.remote.iter();
        let first = *others.next().unwrap_or(&addresses.local);
        let mut text = format!("{subject} is at {}\n", url(first, &ticket));
        others.for_each(|&other| text.push_str(&format!("  or at {}\n", url(other, &ticket))));
        if first != addresses.local {
            text.push_str(&format!("  on this computer at {}\n", url(addresses.local, &ticket)));
        } else if !self.listening.ip().is_loopback() && addresses.remote.is_empty() {
            text.push_str("  this computer is not on a network, so no other computer can reach it yet\n");
        }
        console.hand_over(&text);
        let purpose = if self.args.no_open { "for a new one" } else { "to open the workbench again" };
        console.inform(&format!("each address works once; press Enter {purpose}, or Ctrl+C to stop psalink"));
        if self.args.no_open {
            return Ok(());
        }
        let ticket = self.access.hand_out()?;
        if launch::open(&self.access, &url(addresses.local, &ticket), ticket).is_err() {
            console.inform("could not start a browser; open the address yourself");
        }
        Ok(())
    }
}

async fn listen(address: IpAddr, port: Option<u16>) -> Result<TcpListener, Error> {
    let wanted = port.unwrap_or(PORT);
    match TcpListener::bind(SocketAddr::new(address, wanted)).await {
        Ok(listener) => Ok(listener),
        Err(_) if port.is_none() => TcpListener::bind(SocketAddr::new(address, 0)).await.map_err(failed),
        Err(error) => {
            let detail = format!(
                "could not listen on {address}, port {wanted}: {}; use another `--port`",
                Error::reason(&error)
            );
            Err(Error::new(ErrorKind::Io, detail).because(error))
        }
    }
}

fn failed(error: std::io::Error) -> Error {
    Error::could_not("serve the workbench", error)
}
