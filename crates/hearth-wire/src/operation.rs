//! An operation: method, path, home, scope, and the types of its parts.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// HTTP method of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The name in HTTP.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// The side that serves an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// The library; forwarded if it is on a paired node.
    Library,
    /// This node's machine.
    Machine,
    /// The desktop program that this node is part of; only the page in its own window may call it.
    Shell,
}

/// Permission that a key needs for an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Scope {
    /// No credentials needed.
    Open,
    Read,
    Write,
    Models,
    Admin,
}

/// Type of a request's body.
pub trait RequestBody {
    const MEDIA_TYPE: Option<&'static str>;
    /// True if the body can be a form with parts `file`.
    const HAS_FILES: bool = false;
    type Value: Serialize + DeserializeOwned;
    /// Schema of the body, or `None` if it has none.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
}

/// Type of a response's body.
pub trait ResponseBody {
    const STATUS: u16;
    const MEDIA_TYPE: Option<&'static str>;
    type Value;
    /// Schema of the body, or `None` if it has none.
    fn schema(generator: &mut SchemaGenerator) -> Option<Schema>;
}

/// No body; as a response, 204.
pub struct EmptyBody;
/// A JSON body.
pub struct Json<T>(std::marker::PhantomData<T>);
/// `multipart/form-data` with parts `file`, or the JSON of `T` instead.
pub struct FilesOrJson<T>(std::marker::PhantomData<T>);
/// `multipart/form-data` with a part `file`, and the fields of `T` as further parts.
pub struct Form<T>(std::marker::PhantomData<T>);
/// 201 with JSON.
pub struct Created<T>(std::marker::PhantomData<T>);
/// 202 with JSON.
pub struct Accepted<T>(std::marker::PhantomData<T>);
/// Server-sent events, each with JSON.
pub struct Events<T>(std::marker::PhantomData<T>);
/// A WebSocket with JSON as text messages: the client sends the request's type and receives the response's.
pub struct Socket<T>(std::marker::PhantomData<T>);
/// Bytes of any media type.
pub struct Bytes;
/// Plain text.
pub struct Text;

impl RequestBody for EmptyBody {
    const MEDIA_TYPE: Option<&'static str> = None;
    type Value = ();
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

macro_rules! request {
    ($($name:ident $media:literal $has_files:literal),*) => {$(
        impl<T: JsonSchema + Serialize + DeserializeOwned> RequestBody for $name<T> {
            const MEDIA_TYPE: Option<&'static str> = Some($media);
            const HAS_FILES: bool = $has_files;
            type Value = T;
            fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
                Some(generator.subschema_for::<T>())
            }
        }
    )*};
}
request!(
    Json "application/json" false,
    FilesOrJson "application/json" true,
    Form "multipart/form-data" true,
    Socket "application/json" false
);

macro_rules! json_response {
    ($($name:ident $status:literal $media:literal),*) => {$(
        impl<T: JsonSchema> ResponseBody for $name<T> {
            const STATUS: u16 = $status;
            const MEDIA_TYPE: Option<&'static str> = Some($media);
            type Value = T;
            fn schema(generator: &mut SchemaGenerator) -> Option<Schema> {
                Some(generator.subschema_for::<T>())
            }
        }
    )*};
}
json_response!(
    Json 200 "application/json",
    Created 201 "application/json",
    Accepted 202 "application/json",
    Events 200 "text/event-stream",
    Socket 101 "application/json"
);

impl ResponseBody for EmptyBody {
    const STATUS: u16 = 204;
    const MEDIA_TYPE: Option<&'static str> = None;
    type Value = ();
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

impl ResponseBody for Bytes {
    const STATUS: u16 = 200;
    const MEDIA_TYPE: Option<&'static str> = Some("application/octet-stream");
    type Value = Vec<u8>;
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

impl ResponseBody for Text {
    const STATUS: u16 = 200;
    const MEDIA_TYPE: Option<&'static str> = Some("text/plain");
    type Value = String;
    fn schema(_: &mut SchemaGenerator) -> Option<Schema> {
        None
    }
}

/// One operation as a type: the typed form of a row of the operation table.
pub trait Operation {
    const INFO: OperationInfo;
    type Query: Serialize + DeserializeOwned + JsonSchema;
    type Request: RequestBody;
    type Response: ResponseBody;
}

/// One row of the operation table.
#[derive(Clone, Copy, Debug)]
pub struct OperationInfo {
    pub name: &'static str,
    pub summary: &'static str,
    pub method: Method,
    /// Path with `{parameters}`.
    pub path: &'static str,
    pub home: Home,
    pub scope: Scope,
    pub status: u16,
    pub request_media: Option<&'static str>,
    /// True if the request's body can be a form with parts `file`.
    pub has_files: bool,
    pub response_media: Option<&'static str>,
    pub query_schema: fn(&mut SchemaGenerator) -> Schema,
    pub request_schema: fn(&mut SchemaGenerator) -> Option<Schema>,
    pub response_schema: fn(&mut SchemaGenerator) -> Option<Schema>,
}

impl OperationInfo {
    /// The path with its parameters filled in, percent-encoded.
    ///
    /// # Panics
    /// If the number of `parameters` is not that of the path: a mistake in the calling code.
    pub fn format_path(&self, parameters: &[&str]) -> String {
        let mut parameters = parameters.iter();
        let mut path = String::new();
        for part in self.path.split('/').skip(1) {
            path.push('/');
            if part.starts_with('{') {
                let value = parameters.next().expect("a value for every parameter");
                percent_encode(value, &mut path);
            } else {
                path.push_str(part);
            }
        }
        assert!(parameters.next().is_none(), "more values than parameters");
        path
    }
}

fn percent_encode(value: &str, out: &mut String) {
    for byte in value.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => {
                out.push('%');
                for digit in [byte >> 4, byte & 15] {
                    out.push(char::from(b"0123456789ABCDEF"[usize::from(digit)]));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Operation;
    use crate::operations::{GetModel, GetStatus, RemoveSource};

    #[test]
    fn parameters_are_percent_encoded() {
        assert_eq!(GetModel::INFO.format_path(&["a/b c"]), "/api/models/a%2Fb%20c");
    }

    #[test]
    fn only_unreserved_characters_stand_for_themselves() {
        // RFC 3986, section 2.3; all others are the hexadecimal digits of their UTF-8 bytes.
        let path = |id: &str| GetModel::INFO.format_path(&[id]);
        assert_eq!(path("Az09-._~"), "/api/models/Az09-._~");
        assert_eq!(path("a?b#c%d&e=f+g:h"), "/api/models/a%3Fb%23c%25d%26e%3Df%2Bg%3Ah");
        assert_eq!(path("ü日"), "/api/models/%C3%BC%E6%97%A5");
    }

    #[test]
    fn parameters_are_filled_in_in_their_order() {
        assert_eq!(RemoveSource::INFO.format_path(&["n", "s"]), "/api/notebooks/n/sources/s");
        assert_eq!(GetStatus::INFO.format_path(&[]), "/api/status");
    }

    #[test]
    #[should_panic(expected = "a value for every parameter")]
    fn a_missing_parameter_is_a_mistake_of_the_caller() {
        RemoveSource::INFO.format_path(&["n"]);
    }

    #[test]
    #[should_panic(expected = "more values than parameters")]
    fn a_parameter_too_many_is_a_mistake_of_the_caller() {
        GetModel::INFO.format_path(&["a", "b"]);
    }
}
