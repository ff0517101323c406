//! Detection of a graphics card through ggml, which itself only logs that there is none and uses the
//! processor.
//!
//! The only unsafe code of this crate. Reviewed points: the library registers its devices at the first of
//! these calls and never frees one; each index is below the count; what it returns is checked for null
//! before it is used.
#![allow(unsafe_code)]

use whisper_rs::whisper_rs_sys as ggml;

/// True if there is a card that whisper would load a model on. Opens the files that drivers need.
pub(crate) fn has_card() -> bool {
    // SAFETY: without arguments; see above.
    let count = unsafe { ggml::ggml_backend_dev_count() };
    (0..count).any(|index| {
        // SAFETY: the index is below the count.
        let device = unsafe { ggml::ggml_backend_dev_get(index) };
        if device.is_null() {
            return false;
        }
        // SAFETY: a device of the registry, which lives as long as the process.
        let kind = unsafe { ggml::ggml_backend_dev_type(device) };
        // The kinds of device that whisper uses.
        kind == ggml::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_GPU
            || kind == ggml::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_IGPU
    })
}
