//! Keys of programs.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use hearth_domain::KeyId;
use hearth_store::StoredKey;
use hearth_wire::{CreatedKey, Key, KeyList, KeyScope, NewKey, PageAddress};
use uuid::Uuid;

use crate::app::App;
use crate::credentials::{Visitor, digest, new_key};
use crate::extract::{Answer, Content, Id};
use crate::failure::Failure;

/// Requests that a key may make in a minute, unless told.
const PER_MINUTE: u32 = 600;

fn shown(key: StoredKey) -> Key {
    Key {
        id: key.id,
        name: key.name,
        scopes: key.scopes.iter().filter_map(|name| KeyScope::parse(name)).collect(),
        per_minute: key.per_minute,
        created_at: key.created_at,
        last_used_at: key.last_used_at,
    }
}

pub(crate) async fn list(State(app): State<App>) -> Answer<Json<KeyList>> {
    let keys = app.engine.store().keys().await?.into_iter().map(shown).collect();
    Ok(Json(KeyList { keys }))
}

pub(crate) async fn create(
    State(app): State<App>,
    Content(new): Content<NewKey>,
) -> Answer<(StatusCode, Json<CreatedKey>)> {
    let name = new.name.trim();
    if name.is_empty() || name.chars().count() > 100 {
        return Err(Failure::invalid("the key's name is empty or longer than 100 characters"));
    }
    let scopes = new.scopes.unwrap_or_else(|| vec![KeyScope::Read, KeyScope::Write]);
    let per_minute = new.per_minute.unwrap_or(PER_MINUTE);
    if scopes.is_empty() || per_minute == 0 {
        return Err(Failure::invalid("a key without scopes or without requests opens nothing"));
    }
    let secret = new_key();
    let key = StoredKey {
        id: KeyId(Uuid::now_v7()),
        name: name.to_owned(),
        digest: digest(&secret),
        scopes: scopes.iter().map(|scope| scope.as_str().to_owned()).collect(),
        per_minute,
        created_at: app.engine.clock().now(),
        last_used_at: None,
    };
    app.engine.store().add_key(&key).await?;
    app.credentials.admit(&key);
    Ok((StatusCode::CREATED, Json(CreatedKey { key: shown(key), secret })))
}

pub(crate) async fn revoke(State(app): State<App>, Id(id): Id<KeyId>) -> Answer<StatusCode> {
    app.engine.store().remove_key(id).await?;
    app.credentials.revoke(id);
    Ok(StatusCode::NO_CONTENT)
}

/// A one-time code in the address that takes it.
pub(crate) async fn code(State(app): State<App>) -> Answer<(StatusCode, Json<PageAddress>)> {
    let address = format!("{}/?code={}", app.address, app.credentials.new_code(Visitor::Browser));
    Ok((StatusCode::CREATED, Json(PageAddress { address })))
}
