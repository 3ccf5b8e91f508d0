//! A small zlib writer: Huffman codes only, a new table every few thousand bytes.
//!
//! Libraries choose their matches by what the processor can do, so the same picture would become different
//! bytes on another machine. Grainy pictures repeat almost nothing, and lose only a few percent without matches.

const BLOCK_BYTES: usize = 12_288;
const END_OF_BLOCK: usize = 256;
const LITERALS: usize = 257;
const LONGEST_CODE: u8 = 15;
const LONGEST_LENGTH_CODE: u8 = 7;
/// The order in which RFC 1951 sends the lengths of the code for code lengths.
const LENGTH_ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

struct Bits {
    bytes: Vec<u8>,
    pending: u64,
    count: u32,
}

impl Bits {
    fn put(&mut self, value: u32, count: u32) {
        self.pending |= u64::from(value) << self.count;
        self.count += count;
        while self.count >= 8 {
            self.bytes.push(self.pending as u8);
            self.pending >>= 8;
            self.count -= 8;
        }
    }
}

/// `data` as a zlib stream.
pub fn zlib(data: &[u8]) -> Vec<u8> {
    let mut bits = Bits { bytes: vec![0x78, 0x01], pending: 0, count: 0 };
    bits.bytes.reserve(data.len());
    let blocks = data.len().div_ceil(BLOCK_BYTES).max(1);
    for index in 0..blocks {
        let from = index * BLOCK_BYTES;
        let to = (from + BLOCK_BYTES).min(data.len());
        write_block(&mut bits, &data[from..to], index + 1 == blocks);
    }
    bits.put(0, (8 - bits.count % 8) % 8);
    let mut bytes = bits.bytes;
    bytes.extend_from_slice(&adler32(data).to_be_bytes());
    bytes
}

fn write_block(bits: &mut Bits, data: &[u8], last: bool) {
    let mut counts = [0u32; LITERALS];
    for &byte in data {
        counts[usize::from(byte)] += 1;
    }
    counts[END_OF_BLOCK] = 1;
    let lengths = code_lengths(&counts, LONGEST_CODE);
    let codes = codes_of(&lengths);

    // One distance code of length 1 stands for "no distances"; some readers refuse a table without any.
    let mut all_lengths = lengths.clone();
    all_lengths.push(1);
    let steps = run_lengths(&all_lengths);
    let mut step_counts = [0u32; 19];
    for step in &steps {
        step_counts[step.symbol] += 1;
    }
    let step_lengths = code_lengths(&step_counts, LONGEST_LENGTH_CODE);
    let step_codes = codes_of(&step_lengths);
    let sent = LENGTH_ORDER.iter().rposition(|&symbol| step_lengths[symbol] > 0).map_or(4, |at| (at + 1).max(4));

    bits.put(u32::from(last), 1);
    bits.put(2, 2);
    bits.put((LITERALS - 257) as u32, 5);
    bits.put(0, 5);
    bits.put((sent - 4) as u32, 4);
    for &symbol in &LENGTH_ORDER[..sent] {
        bits.put(u32::from(step_lengths[symbol]), 3);
    }
    for step in &steps {
        bits.put(step_codes[step.symbol], u32::from(step_lengths[step.symbol]));
        bits.put(step.extra, step.extra_bits);
    }
    for &byte in data {
        bits.put(codes[usize::from(byte)], u32::from(lengths[usize::from(byte)]));
    }
    bits.put(codes[END_OF_BLOCK], u32::from(lengths[END_OF_BLOCK]));
}

struct Step {
    symbol: usize,
    extra: u32,
    extra_bits: u32,
}

/// The table of code lengths, with runs of zeros and of equal lengths shortened as RFC 1951 allows.
fn run_lengths(lengths: &[u8]) -> Vec<Step> {
    let mut steps = Vec::new();
    let mut at = 0;
    while at < lengths.len() {
        let value = lengths[at];
        let mut run = lengths[at..].iter().take_while(|&&length| length == value).count();
        at += run;
        if value != 0 {
            steps.push(Step { symbol: usize::from(value), extra: 0, extra_bits: 0 });
            run -= 1;
        }
        while run > 0 {
            let (symbol, shortest, longest, extra_bits) = match (value, run) {
                (0, 11..) => (18, 11, 138, 7),
                (0, 3..) => (17, 3, 10, 3),
                (1.., 3..) => (16, 3, 6, 2),
                _ => (usize::from(value), 1, 1, 0),
            };
            let taken = run.min(longest);
            steps.push(Step { symbol, extra: (taken - shortest) as u32, extra_bits });
            run -= taken;
        }
    }
    steps
}

/// Huffman code lengths of at most `longest` bits. Rare symbols are counted as less rare until the tree is flat enough.
fn code_lengths(counts: &[u32], longest: u8) -> Vec<u8> {
    let mut weights: Vec<u32> = counts.to_vec();
    loop {
        let lengths = huffman(&weights);
        if lengths.iter().all(|&length| length <= longest) {
            return lengths;
        }
        for weight in &mut weights {
            if *weight > 0 {
                *weight = (*weight >> 1) | 1;
            }
        }
    }
}

fn huffman(weights: &[u32]) -> Vec<u8> {
    let mut lengths = vec![0u8; weights.len()];
    let mut leaves: Vec<(u32, usize)> = weights
        .iter()
        .copied()
        .enumerate()
        .filter(|&(_, weight)| weight > 0)
        .map(|(at, weight)| (weight, at))
        .collect();
    leaves.sort_unstable();
    if leaves.len() == 1 {
        lengths[leaves[0].1] = 1;
        return lengths;
    }
    // Leaves first, then joined nodes: both rows are in rising order, so the two lightest are always at a front.
    let mut node_weights: Vec<u32> = leaves.iter().map(|&(weight, _)| weight).collect();
    let mut parents = vec![0usize; leaves.len() * 2];
    let (mut next_leaf, mut next_join) = (0, leaves.len());
    while node_weights.len() + 1 < leaves.len() * 2 {
        let joined = node_weights.len();
        let mut weight = 0;
        for _ in 0..2 {
            let leaf_is_lighter =
                next_leaf < leaves.len() && (next_join >= joined || node_weights[next_leaf] <= node_weights[next_join]);
            let taken = if leaf_is_lighter { &mut next_leaf } else { &mut next_join };
            weight += node_weights[*taken];
            parents[*taken] = joined;
            *taken += 1;
        }
        node_weights.push(weight);
    }
    let mut depths = vec![0u8; node_weights.len()];
    for at in (0..node_weights.len().saturating_sub(1)).rev() {
        depths[at] = depths[parents[at]].saturating_add(1);
    }
    for (at, &(_, symbol)) in leaves.iter().enumerate() {
        lengths[symbol] = depths[at];
    }
    lengths
}

/// Canonical codes, already reversed, since DEFLATE sends them from the highest bit.
fn codes_of(lengths: &[u8]) -> Vec<u32> {
    let mut codes = vec![0u32; lengths.len()];
    let mut next = 0u32;
    for length in 1..=LONGEST_CODE {
        for (code, _) in codes.iter_mut().zip(lengths).filter(|&(_, &own)| own == length) {
            *code = next.reverse_bits() >> (32 - u32::from(length));
            next += 1;
        }
        next <<= 1;
    }
    codes
}

fn adler32(data: &[u8]) -> u32 {
    let (mut a, mut b) = (1u32, 0u32);
    // 5,552 bytes is the most that cannot overflow 32 bits.
    for piece in data.chunks(5_552) {
        for &byte in piece {
            a += u32::from(byte);
            b += a;
        }
        a %= 65_521;
        b %= 65_521;
    }
    (b << 16) | a
}
