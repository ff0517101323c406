//! Whether whisper's library finds a graphics card: it only logs that it found none, and computes on the processor.
//!
//! The only unsafe code of this crate. Reviewed points: the library registers its devices at the first of these calls and
//! never lets go of one; each index is below the count; what it returns is checked for null before it is used.
#![allow(unsafe_code)]

use whisper_rs::whisper_rs_sys as ggml;

/// Whether there is a card that a model would be loaded on. Opens what drivers need for that.
pub(crate) fn has_card() -> bool {
    // SAFETY: without arguments; see above.
    let count = unsafe { ggml::ggml_backend_dev_count() };
    (0..count).any(|nth| {
        // SAFETY: the index is below the count.
        let device = unsafe { ggml::ggml_backend_dev_get(nth) };
        if device.is_null() {
            return false;
        }
        // SAFETY: a device of the registry, which lives as long as the process.
        let kind = unsafe { ggml::ggml_backend_dev_type(device) };
        // Those that whisper takes.
        kind == ggml::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_GPU
            || kind == ggml::ggml_backend_dev_type_GGML_BACKEND_DEVICE_TYPE_IGPU
    })
}
