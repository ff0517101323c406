//! Keys that work wherever someone is.

use hearth_node::ShellError;
use hearth_wire::ShellEvent;
use tauri::{AppHandle, Manager};
use tauri_plugin_global_shortcut::{GlobalShortcut, GlobalShortcutExt, Shortcut, ShortcutState};

use crate::desktop::Program;
use crate::window;

/// Lets go of some keys and takes others; empty for none. When these cannot be had, the old ones stay.
pub(crate) fn replace(app: &AppHandle, before: &str, after: &str) -> Result<(), ShellError> {
    if app.try_state::<GlobalShortcut<tauri::Wry>>().is_none() {
        return if after.is_empty() { Ok(()) } else { Err(not_here()) };
    }
    let wanted = parsed(after)?;
    let held = parsed(before).ok().flatten();
    if wanted == held {
        return Ok(());
    }
    if let Some(wanted) = wanted {
        let taken = |error: tauri_plugin_global_shortcut::Error| {
            ShellError::Taken(format!(
                "{after} cannot be had: another program has these keys ({error}); choose others"
            ))
        };
        app.global_shortcut()
            .on_shortcut(wanted, |app, _, event| {
                let is_down = event.state == ShortcutState::Pressed;
                let bar = &app.state::<Program>().bar;
                if is_down && bar.is_elsewhere() {
                    bar.want(app);
                }
                app.state::<Program>().desktop.events.tell(ShellEvent::Talk { is_down });
            })
            .map_err(taken)?;
    }
    if let Some(held) = held
        && let Err(error) = app.global_shortcut().unregister(held)
    {
        tracing::warn!(%error, "the keys of before are still held");
    }
    Ok(())
}

/// Brings the window to the front with the keyboard in the ask bar.
pub(crate) fn ask(app: &AppHandle) {
    window::show(app);
    app.state::<Program>().desktop.events.tell(ShellEvent::Ask {});
}

fn not_here() -> ShellError {
    ShellError::Failed("this system gives no program keys of its own; on Wayland, set them in the desktop's settings to start hearth-desktop".into())
}

fn parsed(keys: &str) -> Result<Option<Shortcut>, ShellError> {
    if keys.trim().is_empty() {
        return Ok(None);
    }
    let unknown = |_| ShellError::Invalid(format!("{keys:?} are no keys; write them like Ctrl+Shift+Space"));
    let shortcut: Shortcut = keys.parse().map_err(unknown)?;
    if shortcut.mods.is_empty() {
        return Err(ShellError::Invalid(format!(
            "{keys:?} would be lost for typing; add Ctrl, Alt or Super"
        )));
    }
    Ok(Some(shortcut))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read_and_bare_letters_refused() {
        assert!(parsed("Ctrl+Shift+Space").unwrap().is_some());
        assert!(parsed(" ").unwrap().is_none());
        assert!(matches!(parsed("A"), Err(ShellError::Invalid(_))));
        assert!(matches!(parsed("Ctrl+Banana"), Err(ShellError::Invalid(_))));
    }
}
