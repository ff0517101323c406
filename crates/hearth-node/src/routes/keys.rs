//! Keys of programs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::{KeyId, ProgramKey};
use hearth_wire::{CreatedKey, Key, KeyList, KeyScope, LoginAddress, NewKey};
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{PageKind, generate_key, hash_secret};
use crate::extractors::{JsonBody, PathId, RouteResult};
use crate::route_error::RouteError;

/// Default rate limit of a key, in requests per minute.
const DEFAULT_REQUESTS_PER_MINUTE: u32 = 600;

fn to_wire_key(key: ProgramKey) -> Key {
    Key {
        id: key.id,
        name: key.name,
        scopes: key.scopes,
        per_minute: key.per_minute,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
    }
}

pub(crate) async fn list_keys(State(app): State<App>) -> RouteResult<Json<KeyList>> {
    let keys = app.machine.list_keys().into_iter().map(to_wire_key).collect();
    Ok(Json(KeyList { keys }))
}

pub(crate) async fn create_key(
    State(app): State<App>,
    JsonBody(new): JsonBody<NewKey>,
) -> RouteResult<(StatusCode, Json<CreatedKey>)> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(RouteError::invalid_request("the key's name is empty or longer than 100 characters"));
    }
    let scopes = new.scopes.unwrap_or_else(|| vec![KeyScope::Read, KeyScope::Write]);
    let per_minute = new.per_minute.unwrap_or(DEFAULT_REQUESTS_PER_MINUTE);
    if scopes.is_empty() || per_minute == 0 {
        return Err(RouteError::invalid_request("a key needs at least one scope and one request per minute"));
    }
    let secret = generate_key();
    let key = ProgramKey {
        id: KeyId(Uuid::now_v7()),
        name: name.to_owned(),
        digest: hash_secret(&secret),
        scopes,
        per_minute,
        created_at: app.machine.clock().now(),
        last_used_at: None,
    };
    app.machine.add_key(key.clone())?;
    app.credentials.add_key(&key);
    Ok((StatusCode::CREATED, Json(CreatedKey { key: to_wire_key(key), secret })))
}

pub(crate) async fn revoke_key(State(app): State<App>, PathId(id): PathId<KeyId>) -> RouteResult<StatusCode> {
    app.machine.remove_key(id)?;
    app.credentials.remove_key(id);
    Ok(StatusCode::NO_CONTENT)
}

/// Creates a one-time code, as part of the address that accepts it.
pub(crate) async fn create_code(State(app): State<App>) -> RouteResult<(StatusCode, Json<LoginAddress>)> {
    let address = format!("{}/?code={}", app.address, app.credentials.create_code(PageKind::Browser));
    Ok((StatusCode::CREATED, Json(LoginAddress { address })))
}
