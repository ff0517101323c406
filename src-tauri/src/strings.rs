//! The texts of the program itself, in the language of the system; all others are the page's.

use hearth_texts::{Strings, find_strings};

/// The texts in the language of the system.
pub(crate) fn system_strings() -> &'static Strings {
    let locale = sys_locale::get_locale();
    find_strings(locale.as_deref())
}
