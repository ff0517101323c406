//! Tests of the validation of whisper models, on files with tensors of one value.

use super::*;

/// Hyperparameters of a multilingual model with one layer on each side, in the order of the file.
const SHAPE: [u32; 11] = [51_865, 1500, 384, 6, 1, 448, 384, 6, 1, 80, 1];
/// Tensors of such a model: 11, 15 of the encoder's layer, 24 of the decoder's.
const TENSOR_COUNT: u32 = 50;

fn write_numbers(out: &mut Vec<u8>, numbers: &[u32]) {
    out.extend(numbers.iter().flat_map(|number| number.to_le_bytes()));
}

/// Magic number, hyperparameters, two filters of three bins, and a vocabulary of two tokens.
fn encode_header(shape: [u32; 11]) -> Vec<u8> {
    let mut file = Vec::new();
    write_numbers(&mut file, &[GGML_MAGIC]);
    write_numbers(&mut file, &shape);
    write_numbers(&mut file, &[2, 3]);
    file.extend([0; 2 * 3 * 4]);
    write_numbers(&mut file, &[2, 1]);
    file.extend(b"a");
    write_numbers(&mut file, &[2]);
    file.extend(b"bc");
    file
}

/// Tensor with this name, shape, number type and bytes.
fn encode_tensor(name: &str, dimensions: &[u32], kind: u32, bytes: usize) -> Vec<u8> {
    let mut tensor = Vec::new();
    write_numbers(&mut tensor, &[dimensions.len() as u32, name.len() as u32, kind]);
    write_numbers(&mut tensor, dimensions);
    tensor.extend(name.as_bytes());
    tensor.resize(tensor.len() + bytes, 0);
    tensor
}

/// Tensors of one single-precision number each.
fn encode_tensors(count: u32) -> Vec<u8> {
    (0..count).flat_map(|index| encode_tensor(&format!("tensor.{index}"), &[1], 0, 4)).collect()
}

fn encode_model(shape: [u32; 11]) -> Vec<u8> {
    [encode_header(shape), encode_tensors(TENSOR_COUNT)].concat()
}

/// Writes a file, and reads its shape.
fn read_shape(name: &str, bytes: &[u8]) -> Result<ModelShape, ModelFileError> {
    let path = std::env::temp_dir().join(format!("hearth-model-{}-{name}.bin", std::process::id()));
    std::fs::write(&path, bytes).unwrap();
    let result = read_model_shape(&path);
    std::fs::remove_file(path).unwrap();
    result
}

#[test]
fn a_complete_model_has_its_shape() {
    let shape = read_shape("complete", &encode_model(SHAPE)).unwrap();
    assert_eq!(shape, ModelShape { is_multilingual: true, encoder_layers: 1, decoder_layers: 1 });
    // The vocabulary of English alone has one token less.
    let english = [&[51_864][..], &SHAPE[1..]].concat().try_into().unwrap();
    assert!(!read_shape("english", &encode_model(english)).unwrap().is_multilingual);
}

#[test]
fn a_quantised_tensor_has_the_bytes_of_its_blocks() {
    // 64 numbers in blocks of 32: q5_1 has 24 bytes a block, q8_0 has 34; 256 numbers of q6_k have 210 bytes.
    let mut file = encode_header(SHAPE);
    file.extend(encode_tensor("q5_1", &[32, 2], 7, 48));
    file.extend(encode_tensor("q8_0", &[64], 8, 68));
    file.extend(encode_tensor("q6_k", &[256, 1, 1], 14, 210));
    file.extend(encode_tensor("f16", &[3, 5], 1, 30));
    file.extend(encode_tensors(TENSOR_COUNT - 4));
    assert!(read_shape("quantised", &file).is_ok());
    let unknown = [encode_header(SHAPE), encode_tensor("new", &[32], 39, 17)].concat();
    assert!(matches!(read_shape("unknown", &unknown), Err(ModelFileError::Shape)));
}

#[test]
fn a_model_that_is_cut_anywhere_is_incomplete() {
    let complete = encode_model(SHAPE);
    let header = encode_header(SHAPE).len();
    for length in (4..complete.len()).step_by(7) {
        let error = read_shape("cut", &complete[..length]).unwrap_err();
        // Between two tensors the file is whole, and tensors are missing.
        let is_tensor_missing =
            matches!(error, ModelFileError::Tensors { expected: 50, .. }) && length >= header;
        assert!(is_tensor_missing || matches!(error, ModelFileError::CutOff), "{length}: {error}");
    }
    let missing = &complete[..complete.len() - encode_tensor("tensor.49", &[1], 0, 4).len()];
    let error = read_shape("missing", missing).unwrap_err();
    assert!(matches!(error, ModelFileError::Tensors { found: 49, expected: 50 }), "{error}");
}

#[test]
fn the_same_tensor_twice_is_one() {
    let mut file = [encode_header(SHAPE), encode_tensors(TENSOR_COUNT - 1)].concat();
    file.extend(encode_tensor("tensor.0", &[1], 0, 4));
    let error = read_shape("twice", &file).unwrap_err();
    assert!(matches!(error, ModelFileError::Tensors { found: 49, expected: 50 }), "{error}");
}

#[test]
fn another_file_is_no_model() {
    for (name, bytes) in
        [("empty", &b""[..]), ("short", b"lm"), ("gguf", b"GGUF\x03\0\0\0"), ("text", b"no model")]
    {
        assert!(matches!(read_shape(name, bytes), Err(ModelFileError::Other)), "{name}");
    }
    // The hyperparameters of a language model.
    for (index, value) in [(0, 32_000), (1, 2048), (4, 0), (4, 65), (6, 512), (8, u32::MAX), (9, 40)] {
        let mut shape = SHAPE;
        shape[index] = value;
        assert!(matches!(read_shape("other", &encode_model(shape)), Err(ModelFileError::Shape)), "{index}");
    }
}

#[test]
fn lengths_that_no_file_has_are_refused() {
    let numbers = |numbers: &[u32]| {
        let mut bytes = Vec::new();
        write_numbers(&mut bytes, numbers);
        bytes
    };
    let start = &encode_header(SHAPE)[..48];
    // Filters of 2 to the power of 66 bytes.
    let filters = [start, &numbers(&[u32::MAX, u32::MAX])].concat();
    assert!(matches!(read_shape("filters", &filters), Err(ModelFileError::CutOff)));
    // A vocabulary above the one of the header, and a token of a gigabyte.
    let vocabulary = [start, &numbers(&[0, 0, 51_866])].concat();
    assert!(matches!(read_shape("vocabulary", &vocabulary), Err(ModelFileError::Shape)));
    let token = [start, &numbers(&[0, 0, 1, 1 << 30])].concat();
    assert!(matches!(read_shape("token", &token), Err(ModelFileError::Shape)));
    // A tensor of 2 to the power of 128 numbers.
    let tensor = [encode_header(SHAPE), encode_tensor("a", &[u32::MAX; 4], 0, 4)].concat();
    assert!(matches!(read_shape("tensor", &tensor), Err(ModelFileError::CutOff)));
    let dimensions = [encode_header(SHAPE), encode_tensor("a", &[1; 5], 0, 4)].concat();
    assert!(matches!(read_shape("dimensions", &dimensions), Err(ModelFileError::CutOff)));
}
