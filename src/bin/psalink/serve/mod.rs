//! `psalink serve`: the workbench, a web page on this computer for people who do not use a terminal.

mod answer;
mod assets;
mod fix;
mod guard;
mod mail;
mod paste;
mod project;
mod routes;
mod rule;
mod send;
mod template;
mod watch;
mod workbench;

use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use psalink::{Error, ErrorKind, Overrides, Vocabulary};
use tokio::net::TcpListener;

use self::guard::Guard;
use self::workbench::Workbench;
use crate::args::ServeArgs;
use crate::console::{Console, Status};
use crate::sessions::Sessions;
use crate::write::{self, reason, show};

/// The port where nobody asks for another; the next one that is free, if it is taken.
const PORT: u16 = 7474;

pub fn run(args: &ServeArgs, console: &mut Console) -> Result<Status, Error> {
    std::thread::spawn(Vocabulary::builtin);
    let folder = match args.settings.paths.as_slice() {
        [] => None,
        [folder] if folder.is_dir() => Some(folder.as_path()),
        [path] => {
            let detail = "the workbench needs a folder of templates, and there is none of this name";
            return Err(Error::new(ErrorKind::Usage, detail).at(show(path)));
        }
        _ => {
            return Err(Error::new(
                ErrorKind::Usage,
                "the workbench shows one folder; name the one that holds the others",
            ));
        }
    };
    let overrides = args.settings.overrides();
    // What the command line has wrong is told here, and not by every page.
    Sessions::new(&args.settings, &overrides)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| {
        Error::new(ErrorKind::Io, format!("could not start the server: {}", reason(&error))).because(error)
    })?;
    runtime.block_on(serve(args, folder, overrides, console))
}

async fn serve(
    args: &ServeArgs,
    folder: Option<&Path>,
    overrides: Overrides,
    console: &mut Console,
) -> Result<Status, Error> {
    let listener = listen(args.bind, args.port).await?;
    let address = listener.local_addr().map_err(|error| failed(&error).because(error))?;
    let guard = Guard::new(address)?;
    let url = guard.url();
    let workbench = Arc::new(Workbench::new(folder, &args.settings, overrides));
    let watcher = watch::start(&workbench);
    if let Some(Err(error)) = &watcher {
        console.error(error);
    }
    match folder {
        Some(folder) => console.hand_over(&format!("the workbench for `{}` is at {url}\n", show(folder))),
        None => console.hand_over(&format!("the workbench is at {url}\n")),
    }
    workbench.sweep();
    write::swept().iter().for_each(|line| console.inform(line));
    console.inform("press Ctrl+C to end it");
    if !args.no_open
        && let Err(error) = open::that_detached(&url)
    {
        console.inform(&format!("could not start a browser ({}); open the address yourself", reason(&error)));
    }
    let served = axum::serve(listener, routes::router(workbench, guard)).await;
    drop(watcher);
    served.map(|()| Status::Clean).map_err(|error| failed(&error).because(error))
}

async fn listen(address: IpAddr, port: Option<u16>) -> Result<TcpListener, Error> {
    let wanted = port.unwrap_or(PORT);
    match TcpListener::bind(SocketAddr::new(address, wanted)).await {
        Ok(listener) => Ok(listener),
        Err(_) if port.is_none() => {
            TcpListener::bind(SocketAddr::new(address, 0)).await.map_err(|error| failed(&error).because(error))
        }
        Err(error) => {
            let detail =
                format!("could not listen on {address}, port {wanted}: {}; say another `--port`", reason(&error));
            Err(Error::new(ErrorKind::Io, detail).because(error))
        }
    }
}

fn failed(error: &std::io::Error) -> Error {
    Error::new(ErrorKind::Io, format!("could not serve the workbench: {}", reason(error)))
}
