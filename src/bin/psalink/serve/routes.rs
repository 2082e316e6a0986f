//! Maps addresses to what they do.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, FromRequest, Path, Query, Request, State};
use axum::http::header::{CONTENT_LENGTH, HOST};
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router, middleware};
use psalink::{Error, ErrorKind};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tokio_stream::wrappers::BroadcastStream;

use super::patience::Patience;
use super::refusal::refused;
use super::request_guard::{self, RequestGuard};
use super::workbench::Workbench;
use super::{assets, fix, mail, paste, project, rule, send, template};
use crate::panics;

/// The largest request: far more than two template bodies.
const LIMIT: usize = 16 << 20;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(60);

type Shared = State<Arc<Workbench>>;

/// Everything that the workbench answers, guarded.
pub fn router(workbench: Arc<Workbench>, guard: RequestGuard) -> Router {
    Router::new()
        .route("/", get(async || assets::answer("index.html")))
        .route("/assets/{*name}", get(async |Path(name): Path<String>| assets::answer(&name)))
        .route("/mail/{id}", get(mail))
        .route("/events", get(events))
        .route(
            "/api/project",
            get(async |State(workbench): Shared| with(workbench, (), |workbench, ()| project::answer(workbench)).await),
        )
        .route(
            "/api/template",
            post(async |State(workbench): Shared, Asked(view)| with(workbench, view, template::answer).await),
        )
        .route(
            "/api/fix",
            post(async |State(workbench): Shared, Asked(request)| with(workbench, request, fix::answer).await),
        )
        .route(
            "/api/accept",
            post(async |State(workbench): Shared, Asked(view)| with(workbench, view, template::accept).await),
        )
        .route(
            "/api/paste",
            post(async |State(workbench): Shared, Asked(pasted)| with(workbench, pasted, paste::answer).await),
        )
        .route(
            "/api/send",
            post(async |State(workbench): Shared, Asked(request)| with(workbench, request, send::answer).await),
        )
        .route(
            "/api/rule",
            post(async |State(workbench): Shared, Asked(request)| {
                with(workbench, request, |_, request| rule::answer(request)).await
            }),
        )
        .fallback(async || (StatusCode::NOT_FOUND, "there is no such page in the workbench"))
        .layer(DefaultBodyLimit::max(LIMIT))
        .layer(middleware::from_fn_with_state(guard, request_guard::check))
        .with_state(workbench)
}

/// A page's request as JSON; refusals are JSON as well.
struct Asked<W>(W);

impl<S: Send + Sync, W: DeserializeOwned> FromRequest<S> for Asked<W> {
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Asked<W>, Response> {
        let too_large = || {
            let reason = format!("this is larger than the {} MB that the workbench accepts", LIMIT >> 20);
            refused(StatusCode::PAYLOAD_TOO_LARGE, &reason)
        };
        // A request that declares itself too large does not need to arrive first.
        let declared_length =
            request.headers().get(CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if declared_length.is_some_and(|length| length > LIMIT) {
            return Err(too_large());
        }
        match tokio::time::timeout(PATIENCE, Json::from_request(request, state)).await {
            Ok(Ok(Json(request))) => Ok(Asked(request)),
            Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => Err(too_large()),
            Ok(Err(rejection)) => {
                let reason = "psalink did not understand the request; reload the page";
                Err(refused(rejection.status(), &format!("{reason} ({})", rejection.body_text())))
            }
            Err(_) => Err(refused(StatusCode::REQUEST_TIMEOUT, "this took longer than a minute to arrive")),
        }
    }
}

/// Works on a separate thread, so that no page waits for another and a bug in one request affects no other.
async fn with<W, A>(
    workbench: Arc<Workbench>,
    request: W,
    work: impl FnOnce(&Workbench, W) -> Result<A, Error> + Send + 'static,
) -> Response
where
    W: DeserializeOwned + Send + 'static,
    A: Serialize + Send + 'static,
{
    // Dropped when the answer is sent, or when the page leaves before that.
    let (_waiting, patience) = Patience::begin();
    let deadline = Instant::now() + PATIENCE;
    let Ok(Ok(desk)) = tokio::time::timeout_at(deadline, workbench.desks().acquire_owned()).await else {
        let reason = "psalink is still busy with earlier requests; wait a moment and try again";
        return refused(StatusCode::SERVICE_UNAVAILABLE, reason);
    };
    let work = tokio::task::spawn_blocking(move || {
        let _desk = desk; // released when the work has really ended
        patience.hold(|| panics::caught_in_command(|| work(&workbench, request)))
    });
    match tokio::time::timeout_at(deadline, work).await {
        Ok(Ok(Ok(answer))) => Json(answer).into_response(),
        Ok(Ok(Err(error))) => {
            let status = match error.kind() {
                ErrorKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
                ErrorKind::Io => StatusCode::CONFLICT,
                _ => StatusCode::UNPROCESSABLE_ENTITY,
            };
            refused(status, &error.to_string())
        }
        Ok(Err(_)) => refused(StatusCode::INTERNAL_SERVER_ERROR, "psalink could not finish this"),
        Err(_) => refused(StatusCode::GATEWAY_TIMEOUT, "this took longer than a minute, so psalink stopped it"),
    }
}

/// What a frame requests.
#[derive(serde::Deserialize)]
struct Images {
    #[serde(default)]
    images: u8,
}

/// A message in which nothing runs and, unless requested, nothing is loaded.
async fn mail(
    State(workbench): Shared,
    Path(id): Path<String>,
    Query(Images { images }): Query<Images>,
    headers: HeaderMap,
) -> Response {
    let Some(html) = workbench.mails().get(&id) else {
        return (StatusCode::NOT_FOUND, "this message is gone; reload the page").into_response();
    };
    mail::answer(html, images == 1, headers.get(HOST).and_then(|host| host.to_str().ok())).await
}

/// Notifications about changed files, as long as a page is open.
async fn events(State(workbench): Shared) -> impl IntoResponse {
    let news = BroadcastStream::new(workbench.news()).filter_map(|news| {
        // A page that missed some reloads everything at the next one.
        let news = news.unwrap_or_else(|_| "{\"version\":0,\"paths\":[]}".into());
        Some(Ok::<Event, Infallible>(Event::default().event("change").data(&*news)))
    });
    Sse::new(news).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use psalink::session::Overrides;

    use super::*;
    use crate::args::TemplateArgs;

    #[test]
    fn work_ends_when_no_page_waits_for_it() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let workbench = Arc::new(Workbench::new(None, &TemplateArgs::default(), Overrides::default()));
        let desks = workbench.desks().available_permits();
        let work = |_: &Workbench, (): ()| -> Result<(), Error> {
            loop {
                super::super::patience::check()?;
                std::thread::sleep(Duration::from_millis(1));
            }
        };
        runtime.block_on(async {
            for _ in 0..desks * 2 {
                let asked = with(Arc::clone(&workbench), (), work);
                assert!(tokio::time::timeout(Duration::from_millis(10), asked).await.is_err(), "the page goes");
            }
            // All of that work has ended, so others get their turn.
            let all = tokio::time::timeout(
                Duration::from_secs(20),
                workbench.desks().acquire_many_owned(u32::try_from(desks).unwrap()),
            );
            assert!(all.await.is_ok_and(|all| all.is_ok()));
        });
    }

    #[test]
    fn a_panic_in_one_request_harms_no_other() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let workbench = Arc::new(Workbench::new(None, &TemplateArgs::default(), Overrides::default()));
        let ask = |is_broken: bool| {
            let work = move |_: &Workbench, (): ()| if is_broken { panic!("on purpose") } else { Ok("fine") };
            let answer = runtime.block_on(with(Arc::clone(&workbench), (), work));
            let status = answer.status();
            let body = runtime.block_on(to_bytes(answer.into_body(), LIMIT)).unwrap();
            (status, String::from_utf8(body.to_vec()).unwrap())
        };
        let (status, body) = ask(true);
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(body.starts_with("{\"error\":\"psalink ran into a bug"), "{body}");
        assert!(!body.contains("on purpose"), "{body}");
        assert_eq!(ask(false), (StatusCode::OK, "\"fine\"".to_owned()));
    }
}
