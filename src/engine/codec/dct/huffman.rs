//! Huffman codes: the best for counted symbols, and their reading.

use super::fault::Fault;

/// Longest code (ITU-T T.81 C).
const LONGEST: usize = 16;

/// Bits that are looked up at once.
const FAST_BITS: u32 = 9;

/// Codes as a file lists them (ITU-T T.81 B.2.4.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in super::super) struct CodeList {
    /// Codes of 1 to 16 bits.
    pub(super) counts: [u8; LONGEST],
    /// Symbols in the order of their codes.
    pub(super) symbols: Vec<u8>,
}

/// A code and its bits.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Code {
    pub(super) code: u32,
    pub(super) bits: u32,
}

impl CodeList {
    /// The shortest codes for symbols that occur `counts` times, none of them all ones and none
    /// above 16 bits (ITU-T T.81 K.2).
    pub(super) fn optimal(counts: &[u32; 256]) -> Self {
        // The last is a reserved symbol, which takes the code of all ones.
        let mut weight: Vec<u64> = counts.iter().map(|&count| count.into()).collect();
        weight.push(1);
        let mut bits = [0_usize; 257];
        let mut next: [Option<usize>; 257] = [None; 257];
        loop {
            // The least of equal weights has the largest symbol.
            let least = |without: Option<usize>| {
                let candidates = (0..257).filter(|&at| weight[at] > 0 && Some(at) != without);
                candidates.min_by_key(|&at| (weight[at], usize::MAX - at))
            };
            let Some(first) = least(None) else { break };
            let Some(second) = least(Some(first)) else { break };
            weight[first] += weight[second];
            weight[second] = 0;
            let mut at = first;
            loop {
                bits[at] += 1;
                match next[at] {
                    Some(other) => at = other,
                    None => break,
                }
            }
            next[at] = Some(second);
            at = second;
            loop {
                bits[at] += 1;
                match next[at] {
                    Some(other) => at = other,
                    None => break,
                }
            }
        }
        let mut lengths = [0_usize; 258];
        for &length in bits.iter().filter(|&&length| length > 0) {
            lengths[length] += 1;
        }
        // Two codes too long share a prefix: one takes the prefix, the other splits a shorter
        // code (figure K.3).
        for length in (LONGEST + 1..lengths.len()).rev() {
            while lengths[length] > 0 {
                let shorter = (1..length - 1).rfind(|&shorter| lengths[shorter] > 0);
                let shorter = shorter.expect("a code of one bit less cannot be the only other");
                lengths[length] -= 2;
                lengths[length - 1] += 1;
                lengths[shorter + 1] += 2;
                lengths[shorter] -= 1;
            }
        }
        // The reserved symbol has the longest code.
        if let Some(longest) = (1..=LONGEST).rfind(|&length| lengths[length] > 0) {
            lengths[longest] -= 1;
        }
        let mut symbols: Vec<u8> = (0..=255).filter(|&s| bits[usize::from(s)] > 0).collect();
        symbols.sort_by_key(|&symbol| bits[usize::from(symbol)]);
        Self { counts: std::array::from_fn(|at| lengths[at + 1] as u8), symbols }
    }

    /// The code of every symbol.
    pub(super) fn codes(&self) -> [Code; 256] {
        let mut codes = [Code::default(); 256];
        for (symbol, code) in self.listed() {
            codes[usize::from(symbol)] = code;
        }
        codes
    }

    /// Symbols with their codes, shortest first (ITU-T T.81 C.2).
    fn listed(&self) -> impl Iterator<Item = (u8, Code)> {
        let mut code = 0;
        let mut symbols = self.symbols.iter();
        let mut listed = Vec::with_capacity(self.symbols.len());
        for (&count, bits) in self.counts.iter().zip(1..) {
            for &symbol in symbols.by_ref().take(count.into()) {
                listed.push((symbol, Code { code, bits }));
                code += 1;
            }
            code <<= 1;
        }
        listed.into_iter()
    }

    /// A list of a file: `counts` and symbols.
    ///
    /// # Errors
    /// If there are more codes of a length than the shorter ones leave, or not as many symbols
    /// as codes.
    pub(super) fn checked(counts: [u8; LONGEST], symbols: &[u8]) -> Result<Self, Fault> {
        let all: usize = counts.iter().map(|&count| usize::from(count)).sum();
        if all > 256 || all != symbols.len() {
            return Err(Fault::damaged(format!(
                "{all} Huffman codes for {} symbols",
                symbols.len()
            )));
        }
        let mut free = 1_u32;
        for count in counts {
            free = (2 * free)
                .checked_sub(count.into())
                .ok_or_else(|| Fault::damaged("more Huffman codes than their lengths allow"))?;
        }
        Ok(Self { counts, symbols: symbols.to_vec() })
    }
}

/// Finds symbols from the bits ahead.
#[derive(Debug)]
pub(in super::super) struct Reader {
    /// Symbol and bits for every beginning of [`FAST_BITS`], 0 bits where the code is longer.
    fast: Vec<(u8, u8)>,
    /// Longer codes, by length and code.
    slow: Vec<(Code, u8)>,
}

impl Reader {
    pub(in super::super) fn new(list: &CodeList) -> Self {
        let mut fast = vec![(0, 0); 1 << FAST_BITS];
        let mut slow = Vec::new();
        for (symbol, code) in list.listed() {
            if code.bits <= FAST_BITS {
                let free = FAST_BITS - code.bits;
                let first = (code.code << free) as usize;
                fast[first..first + (1 << free)].fill((symbol, code.bits as u8));
            } else {
                slow.push((code, symbol));
            }
        }
        Self { fast, slow }
    }

    /// The symbol that the 16 bits `ahead` begin with and its bits; `None` if no code fits.
    pub(super) fn find(&self, ahead: u32) -> Option<(u8, u32)> {
        let (symbol, bits) = self.fast[(ahead >> (LONGEST as u32 - FAST_BITS)) as usize];
        if bits > 0 {
            return Some((symbol, bits.into()));
        }
        let fits = |(code, _): &&(Code, u8)| ahead >> (LONGEST as u32 - code.bits) == code.code;
        self.slow.iter().find(fits).map(|&(code, symbol)| (symbol, code.bits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counted(pairs: &[(u8, u32)]) -> [u32; 256] {
        let mut counts = [0; 256];
        for &(symbol, count) in pairs {
            counts[usize::from(symbol)] = count;
        }
        counts
    }

    #[test]
    fn frequent_symbols_have_short_codes() {
        // With the reserved symbol the weights are 8, 4, 2, 1, 1: 1, 2, 3, 4, 4 bits.
        let list = CodeList::optimal(&counted(&[(7, 8), (3, 4), (9, 2), (1, 1)]));
        assert_eq!(list.counts[..5], [1, 1, 1, 1, 0]);
        assert_eq!(list.symbols, [7, 3, 9, 1]);
        let codes = list.codes();
        assert_eq!(codes[7], Code { code: 0b0, bits: 1 });
        assert_eq!(codes[1], Code { code: 0b1110, bits: 4 });
        let reader = Reader::new(&list);
        assert_eq!(reader.find(0b1110_0000_0000_0000), Some((1, 4)));
        assert_eq!(reader.find(0b1111_0000_0000_0000), None);
    }

    #[test]
    fn codes_stay_within_sixteen_bits_and_are_found_again() {
        // Fibonacci weights make the longest codes: 30 symbols would need 30 bits.
        let mut counts = [0; 256];
        let (mut low, mut high) = (1_u32, 1_u32);
        for count in counts.iter_mut().take(30) {
            *count = low;
            (low, high) = (high, low + high);
        }
        let list = CodeList::optimal(&counts);
        assert_eq!(CodeList::checked(list.counts, &list.symbols).as_ref(), Ok(&list));
        let (codes, reader) = (list.codes(), Reader::new(&list));
        for (symbol, &Code { code, bits }) in codes.iter().enumerate().take(30) {
            assert!((1..=16).contains(&bits), "{symbol}");
            assert_ne!(code, (1 << bits) - 1, "{symbol}: all ones");
            assert_eq!(reader.find(code << (16 - bits)), Some((symbol as u8, bits)));
        }
    }

    #[test]
    fn one_symbol_has_a_code() {
        let list = CodeList::optimal(&counted(&[(0, 5)]));
        assert_eq!((list.counts[0], list.symbols.as_slice()), (1, &[0][..]));
    }

    #[test]
    fn impossible_lists_are_refused() {
        let mut counts = [0; 16];
        counts[0] = 3;
        assert!(CodeList::checked(counts, &[1, 2, 3]).is_err());
        counts[0] = 2;
        assert!(CodeList::checked(counts, &[1, 2, 3]).is_err());
        assert!(CodeList::checked(counts, &[1, 2]).is_ok());
        assert!(CodeList::checked([255; 16], &[0; 255]).is_err());
    }
}
