//! All texts that users read, in each language: one file a language (`texts/LANGUAGE.ftl`, in Fluent's syntax), made
//! into code by the build script, so that a missing text, parameter or plural form does not compile.
//!
//! Invariants: no IO, builds for WebAssembly. What the domain enumerates has its words here, for every face.

mod bundle;
mod choice;
mod explanation;

mod generated {
    //! Made by `build.rs`.
    #![allow(clippy::pedantic, clippy::all, reason = "code of the build script")]

    use std::fmt::Display;
    use std::sync::LazyLock;

    use fluent_bundle::FluentValue;

    use crate::bundle::{Bundle, format_message, make_bundle};

    include!(concat!(env!("OUT_DIR"), "/strings.rs"));

    impl Strings {
        fn format<const COUNT: usize>(
            &self,
            name: &str,
            parameters: [(&'static str, FluentValue<'static>); COUNT],
        ) -> String {
            format_message(&self.bundle, name, parameters)
        }
    }
}

mod words;

pub use choice::{english_strings, find_language, find_strings};
pub use explanation::Explanation;
pub use generated::{LANGUAGES, Strings};
