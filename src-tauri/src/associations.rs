//! Tells the system that documents can be opened with Hearth, and that `hearth://` links lead here. For this
//! user alone, and only when the settings say so; what was told can be taken back.

use std::io;

/// What Hearth reads: extension and media type.
const KINDS: [(&str, &str); 24] = [
    ("pdf", "application/pdf"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("html", "text/html"),
    ("htm", "text/html"),
    ("md", "text/markdown"),
    ("txt", "text/plain"),
    ("csv", "text/csv"),
    ("tsv", "text/tab-separated-values"),
    ("ics", "text/calendar"),
    ("xhtml", "application/xhtml+xml"),
    ("png", "image/png"),
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("webp", "image/webp"),
    ("gif", "image/gif"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("ogg", "audio/ogg"),
    ("opus", "audio/opus"),
    ("webm", "audio/webm"),
];
const SCHEME: &str = "hearth";

/// Tells the system, or takes it back; does nothing where that is so already.
pub(crate) fn apply(wanted: bool) -> io::Result<()> {
    system::apply(wanted)
}

#[cfg(target_os = "linux")]
mod system {
    //! A desktop entry in this user's folder, with an icon.

    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::{fs, io};

    use super::{KINDS, SCHEME};

    const ENTRY: &str = "hearth.desktop";
    const ICON: &str = "icons/hicolor/256x256/apps/hearth.png";
    const PICTURE: &[u8] = include_bytes!("../icons/256.png");

    pub(super) fn apply(wanted: bool) -> io::Result<()> {
        let Some(shared) = hearth_host::shared_data_folder() else { return Ok(()) };
        let program = std::env::current_exe()?;
        if change(&shared, &program, wanted)? {
            let folder = shared.join("applications");
            tell("update-desktop-database", &[&folder.to_string_lossy()]);
            if wanted {
                tell("xdg-mime", &["default", ENTRY, &format!("x-scheme-handler/{SCHEME}")]);
            }
        }
        Ok(())
    }

    /// Whether anything had to be changed.
    fn change(shared: &Path, program: &Path, wanted: bool) -> io::Result<bool> {
        let entry = shared.join("applications").join(ENTRY);
        let icon = shared.join(ICON);
        let before = fs::read_to_string(&entry).ok();
        if !wanted {
            let was_there = before.is_some();
            for path in [entry, icon] {
                if path.exists() {
                    fs::remove_file(path)?;
                }
            }
            return Ok(was_there);
        }
        let text = text(program);
        if before.as_ref() == Some(&text) {
            return Ok(false);
        }
        for (path, bytes) in [(&entry, text.as_bytes()), (&icon, PICTURE)] {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(true)
    }

    /// As the Desktop Entry Specification has it.
    fn text(program: &Path) -> String {
        let mut types: Vec<String> = KINDS.iter().map(|(_, media)| (*media).to_owned()).collect();
        types.dedup();
        types.push(format!("x-scheme-handler/{SCHEME}"));
        // In quotes, with what quotes need behind a backslash; and a percent sign twice.
        let mut quoted = String::new();
        for letter in program.to_string_lossy().chars() {
            match letter {
                '"' | '`' | '$' => quoted.extend(['\\', '\\', letter]),
                '\\' => quoted.push_str(r"\\\\"),
                '%' => quoted.push_str("%%"),
                _ => quoted.push(letter),
            }
        }
        format!(
            "[Desktop Entry]\nType=Application\nName=Hearth\nComment=Ask your own documents\nComment[de]=Fragen Sie Ihre eigenen Dokumente\n\
             Exec=\"{quoted}\" %U\nIcon=hearth\nTerminal=false\nCategories=Office;Education;\nMimeType={};\n",
            types.join(";")
        )
    }

    /// Systems without these programs find the entry by themselves, later.
    fn tell(program: &str, arguments: &[&str]) {
        let quiet = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(error) = quiet {
            tracing::debug!(%error, program, "the system was not told at once");
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_entry_comes_once_and_goes_without_a_trace() {
            let shared = tempfile::tempdir().unwrap();
            let program = Path::new("/opt/my \"apps\"/100%/hearth-desktop");
            assert!(change(shared.path(), program, true).unwrap());
            assert!(!change(shared.path(), program, true).unwrap());
            let entry = shared.path().join("applications").join(ENTRY);
            let text = fs::read_to_string(&entry).unwrap();
            assert!(text.contains("Exec=\"/opt/my \\\\\"apps\\\\\"/100%%/hearth-desktop\" %U"), "{text}");
            assert!(text.contains("x-scheme-handler/hearth;") && text.contains("application/pdf;"), "{text}");
            assert!(shared.path().join(ICON).is_file());
            assert!(change(shared.path(), program, false).unwrap());
            assert!(!entry.exists() && !shared.path().join(ICON).exists());
            assert!(!change(shared.path(), program, false).unwrap());
        }
    }
}

#[cfg(windows)]
mod system {
    //! Keys of this user's registry: "Open with" for documents, and the scheme of links.

    use std::io;

    use winreg::RegKey;
    use winreg::enums::HKEY_CURRENT_USER;

    use super::{KINDS, SCHEME};

    pub(super) fn apply(wanted: bool) -> io::Result<()> {
        let classes = RegKey::predef(HKEY_CURRENT_USER).create_subkey("Software\\Classes")?.0;
        let program = std::env::current_exe()?;
        let name = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let application = format!("Applications\\{name}");
        if !wanted {
            for key in [application.as_str(), SCHEME] {
                match classes.delete_subkey_all(key) {
                    Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                    _ => {}
                }
            }
            return Ok(());
        }
        let command = format!("\"{}\" \"%1\"", program.display());
        let (key, _) = classes.create_subkey(&application)?;
        key.set_value("FriendlyAppName", &"Hearth")?;
        key.create_subkey("shell\\open\\command")?.0.set_value("", &command)?;
        let (types, _) = key.create_subkey("SupportedTypes")?;
        for (extension, _) in KINDS {
            types.set_value(format!(".{extension}"), &"")?;
        }
        let (link, _) = classes.create_subkey(SCHEME)?;
        link.set_value("", &"URL:Hearth")?;
        link.set_value("URL Protocol", &"")?;
        link.create_subkey("shell\\open\\command")?.0.set_value("", &command)
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    //! Elsewhere the application's bundle says it.

    pub(super) fn apply(_wanted: bool) -> std::io::Result<()> {
        let _ = (super::KINDS, super::SCHEME);
        Ok(())
    }
}
