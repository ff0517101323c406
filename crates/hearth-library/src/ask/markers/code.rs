//! Follows code spans and fenced code in a stream.

/// Code that is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// Code span, with the length of the run of back-ticks that opened it.
    Span(usize),
    /// Fenced code: its mark, the mark's count, and whether its first line is still open.
    Fence { mark: char, count: usize, first_line: bool },
}

/// State of the code in a stream.
#[derive(Debug, Default)]
pub(super) struct Code {
    /// Code that is open, the run of marks at the end aside.
    open: Option<Open>,
    /// Mark of the run at the end.
    mark: char,
    /// Length of the run at the end.
    run: usize,
    /// True if that run stands at the start of its line.
    run_opens_line: bool,
}

impl Code {
    /// True if the next character, `next`, is part of code.
    pub(super) fn covers(&mut self, next: char) -> bool {
        if self.run > 0 && next != self.mark {
            self.settle();
        }
        // A single back-tick that is never closed must not turn all that follows into code.
        if next == '\n' && matches!(self.open, Some(Open::Span(_))) {
            self.open = None;
        }
        self.open.is_some()
    }

    /// True inside fenced code.
    pub(super) fn is_fenced(&self) -> bool {
        matches!(self.open, Some(Open::Fence { .. }))
    }

    /// Takes a character that was given out; `opens_line` is true if only marks of a line's start stand
    /// before it.
    pub(super) fn feed(&mut self, c: char, opens_line: bool) {
        if self.run > 0 && c != self.mark {
            self.settle();
        }
        if c == '`' || c == '~' {
            if self.run == 0 {
                self.run_opens_line = opens_line;
            }
            self.mark = c;
            self.run += 1;
        }
        if c == '\n' {
            self.open = match self.open {
                Some(Open::Fence { mark, count, .. }) => Some(Open::Fence { mark, count, first_line: false }),
                _ => None,
            };
        }
    }

    /// Opens or closes code by the run of marks that has ended.
    fn settle(&mut self) {
        let run = std::mem::take(&mut self.run);
        let is_tick = self.mark == '`';
        self.open = match self.open {
            None if run >= 3 && self.run_opens_line => {
                Some(Open::Fence { mark: self.mark, count: run, first_line: true })
            }
            None if is_tick => Some(Open::Span(run)),
            Some(Open::Span(count)) if is_tick && run == count => None,
            Some(Open::Fence { mark, count, first_line })
                if mark == self.mark && run >= count && (self.run_opens_line || (first_line && is_tick)) =>
            {
                None
            }
            open => open,
        };
    }
}
