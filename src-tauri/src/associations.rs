//! File associations: registers Hearth with the system as a program for documents and for `hearth://` links.
//! For this user alone, and only if the settings say so; registration can be undone.

use std::io;

/// File types that Hearth reads: extension and media type.
const FILE_TYPES: [(&str, &str); 24] = [
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
/// Scheme of links to Hearth.
const LINK_SCHEME: &str = "hearth";

/// Registers the associations, or removes them; does nothing if they are already in that state.
pub(crate) fn apply_associations(is_enabled: bool) -> io::Result<()> {
    system::apply_associations(is_enabled)
}

#[cfg(target_os = "linux")]
mod system {
    //! A desktop entry in this user's folder, with an icon.

    use std::path::Path;
    use std::process::{Command, Stdio};
    use std::{fs, io};

    use super::{FILE_TYPES, LINK_SCHEME};

    const ENTRY_FILE: &str = "hearth.desktop";
    const ICON_FILE: &str = "icons/hicolor/256x256/apps/hearth.png";
    const ICON_BYTES: &[u8] = include_bytes!("../icons/256.png");

    pub(super) fn apply_associations(is_enabled: bool) -> io::Result<()> {
        let Some(shared) = hearth_host::shared_data_folder() else { return Ok(()) };
        let program = std::env::current_exe()?;
        if update_entry(&shared, &program, is_enabled)? {
            let folder = shared.join("applications");
            run_quietly("update-desktop-database", &[&folder.to_string_lossy()]);
            if is_enabled {
                run_quietly("xdg-mime", &["default", ENTRY_FILE, &format!("x-scheme-handler/{LINK_SCHEME}")]);
            }
        }
        Ok(())
    }

    /// Writes or removes the desktop entry and its icon; true if anything changed.
    fn update_entry(data_folder: &Path, program: &Path, is_enabled: bool) -> io::Result<bool> {
        let entry = data_folder.join("applications").join(ENTRY_FILE);
        let icon = data_folder.join(ICON_FILE);
        let existing = fs::read_to_string(&entry).ok();
        if !is_enabled {
            let had_entry = existing.is_some();
            for path in [entry, icon] {
                if path.exists() {
                    fs::remove_file(path)?;
                }
            }
            return Ok(had_entry);
        }
        let text = format_entry(program);
        if existing.as_ref() == Some(&text) {
            return Ok(false);
        }
        for (path, bytes) in [(&entry, text.as_bytes()), (&icon, ICON_BYTES)] {
            if let Some(folder) = path.parent() {
                fs::create_dir_all(folder)?;
            }
            fs::write(path, bytes)?;
        }
        Ok(true)
    }

    /// Formats the entry by the Desktop Entry Specification.
    fn format_entry(program: &Path) -> String {
        let mut types: Vec<String> = FILE_TYPES.iter().map(|(_, media)| (*media).to_owned()).collect();
        types.dedup();
        types.push(format!("x-scheme-handler/{LINK_SCHEME}"));
        // In quotes: quotes need a backslash before some characters, and a percent sign is doubled.
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

    /// Runs a tool of the system quietly; a system without the tool finds the entry by itself, later.
    fn run_quietly(program: &str, arguments: &[&str]) {
        let status = Command::new(program)
            .args(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        if let Err(error) = status {
            tracing::debug!(%error, program, "a tool of the system could not be run");
        }
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn an_entry_comes_once_and_goes_without_a_trace() {
            let shared = tempfile::tempdir().unwrap();
            let program = Path::new("/opt/my \"apps\"/100%/hearth-desktop");
            assert!(update_entry(shared.path(), program, true).unwrap());
            assert!(!update_entry(shared.path(), program, true).unwrap());
            let entry = shared.path().join("applications").join(ENTRY_FILE);
            let text = fs::read_to_string(&entry).unwrap();
            assert!(text.contains("Exec=\"/opt/my \\\\\"apps\\\\\"/100%%/hearth-desktop\" %U"), "{text}");
            assert!(text.contains("x-scheme-handler/hearth;") && text.contains("application/pdf;"), "{text}");
            assert!(shared.path().join(ICON_FILE).is_file());
            assert!(update_entry(shared.path(), program, false).unwrap());
            assert!(!entry.exists() && !shared.path().join(ICON_FILE).exists());
            assert!(!update_entry(shared.path(), program, false).unwrap());
        }
    }
}

#[cfg(windows)]
mod system {
    //! Keys of this user's registry: "Open with" for documents, and the scheme of links.

    use std::io;

    use winreg::RegKey;
    use winreg::enums::HKEY_CURRENT_USER;

    use super::{FILE_TYPES, LINK_SCHEME};

    pub(super) fn apply_associations(is_enabled: bool) -> io::Result<()> {
        let classes = RegKey::predef(HKEY_CURRENT_USER).create_subkey("Software\\Classes")?.0;
        let program = std::env::current_exe()?;
        let name = program.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let application = format!("Applications\\{name}");
        if !is_enabled {
            for key in [application.as_str(), LINK_SCHEME] {
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
        for (extension, _) in FILE_TYPES {
            types.set_value(format!(".{extension}"), &"")?;
        }
        let (link, _) = classes.create_subkey(LINK_SCHEME)?;
        link.set_value("", &"URL:Hearth")?;
        link.set_value("URL Protocol", &"")?;
        link.create_subkey("shell\\open\\command")?.0.set_value("", &command)
    }
}

#[cfg(not(any(target_os = "linux", windows)))]
mod system {
    //! Other systems: the application's bundle declares the associations.

    pub(super) fn apply_associations(_is_enabled: bool) -> std::io::Result<()> {
        let _ = (super::FILE_TYPES, super::LINK_SCHEME);
        Ok(())
    }
}
