//! Lengths: files, functions, components, lines.

use super::code::CodeFile;

/// Lines of a file: more is reported, more than the hard limit is a complaint.
const FILE_SOFT_LINES: usize = 400;
const FILE_HARD_LINES: usize = 800;
/// Lines of a function.
const FUNCTION_SOFT_LINES: usize = 50;
const FUNCTION_HARD_LINES: usize = 100;
/// Lines of a component of the interface.
const COMPONENT_SOFT_LINES: usize = 80;
const COMPONENT_HARD_LINES: usize = 150;
/// Characters of a line of code.
const MAX_LINE_CHARS: usize = 120;

pub(super) fn check_lengths(files: &[CodeFile], complaints: &mut Vec<String>) {
    let (mut long_files, mut long_functions, mut long_components) = (0, 0, 0);
    for file in files {
        if !file.text.starts_with("//!") {
            complaints.push(format!("{} does not say what it is for: begin it with //!", file.path));
        }
        let lines = file.text.lines().count();
        if lines > FILE_HARD_LINES {
            complaints.push(format!(
                "{} has {lines} lines, {FILE_HARD_LINES} at most: split it by meaning",
                file.path
            ));
        } else if lines > FILE_SOFT_LINES {
            long_files += 1;
            println!("tidy: {} has {lines} lines, more than {FILE_SOFT_LINES}", file.path);
        }
        for function in &file.functions {
            let (soft, hard, count) = if function.is_component {
                (COMPONENT_SOFT_LINES, COMPONENT_HARD_LINES, &mut long_components)
            } else {
                (FUNCTION_SOFT_LINES, FUNCTION_HARD_LINES, &mut long_functions)
            };
            if function.lines > hard {
                complaints.push(format!(
                    "{}:{}: {} has {} lines, {hard} at most: split it by meaning",
                    file.path, function.line, function.name, function.lines
                ));
            } else if function.lines > soft && !function.is_test {
                *count += 1;
            }
        }
        for (number, line) in (1..).zip(file.text.lines()) {
            // A long text in quotes is one thing; code is not.
            let is_code = !file.text_lines.contains(&number);
            if line.chars().count() > MAX_LINE_CHARS && is_code {
                complaints.push(format!("{}:{number} has more than {MAX_LINE_CHARS} characters", file.path));
            }
        }
    }
    println!(
        "tidy: {long_files} files over {FILE_SOFT_LINES} lines, {long_functions} functions over {FUNCTION_SOFT_LINES}, \
         {long_components} components over {COMPONENT_SOFT_LINES}"
    );
}
