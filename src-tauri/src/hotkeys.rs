//! Global hotkeys: keys that work in every program.

use hearth_node::ShellError;
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{GlobalShortcut, GlobalShortcutExt, Shortcut, ShortcutState};

/// Handler of a hotkey; true when it goes down, false when it goes up.
pub(crate) type HotkeyHandler = fn(&AppHandle, bool);

/// Replaces a hotkey by another; empty for none. The old one stays if the new one cannot be registered.
pub(crate) fn replace_hotkey(
    app: &AppHandle,
    old_keys: &str,
    new_keys: &str,
    on_keys: HotkeyHandler,
) -> Result<(), ShellError> {
    if app.try_state::<GlobalShortcut<tauri::Wry>>().is_none() {
        return if new_keys.is_empty() { Ok(()) } else { Err(hotkeys_unavailable()) };
    }
    let new_hotkey = parse_keys(new_keys)?;
    let old_hotkey = parse_keys(old_keys).ok().flatten();
    if new_hotkey == old_hotkey {
        return Ok(());
    }
    if let Some(new_hotkey) = new_hotkey {
        let taken_error = |error: tauri_plugin_global_shortcut::Error| {
            ShellError::Taken(format!(
                "{new_keys} is not available: another program uses these keys ({error}); choose others"
            ))
        };
        app.global_shortcut()
            .on_shortcut(new_hotkey, move |app, _, event| on_keys(app, event.state == ShortcutState::Pressed))
            .map_err(taken_error)?;
    }
    if let Some(old_hotkey) = old_hotkey
        && let Err(error) = app.global_shortcut().unregister(old_hotkey)
    {
        tracing::warn!(%error, "the previous hotkey could not be released");
    }
    Ok(())
}

/// Error of a system without global hotkeys.
fn hotkeys_unavailable() -> ShellError {
    ShellError::Failed("global hotkeys are not available on this system; on Wayland, add a shortcut that starts hearth-desktop in the desktop's settings".into())
}

/// Parses keys like `Ctrl+Shift+Space`; `None` if empty, an error without a modifier.
fn parse_keys(keys: &str) -> Result<Option<Shortcut>, ShellError> {
    if keys.trim().is_empty() {
        return Ok(None);
    }
    let invalid =
        |_| ShellError::Invalid(format!("{keys:?} is not a valid hotkey; write it like Ctrl+Shift+Space"));
    let shortcut: Shortcut = keys.parse().map_err(invalid)?;
    if shortcut.mods.is_empty() {
        return Err(ShellError::Invalid(format!(
            "{keys:?} could not be used for typing any more; add Ctrl, Alt or Super"
        )));
    }
    Ok(Some(shortcut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_bare_letters_refused() {
        assert!(parse_keys("Ctrl+Shift+Space").unwrap().is_some());
        assert!(parse_keys(" ").unwrap().is_none());
        assert!(matches!(parse_keys("A"), Err(ShellError::Invalid(_))));
        assert!(matches!(parse_keys("Ctrl+Banana"), Err(ShellError::Invalid(_))));
    }
}
