//! Stored values as bytes: two for each, the low one first, or one where all values fit into it.

/// Two bytes for each value, the low one first.
#[must_use]
pub fn to_bytes(values: &[u16]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// The values of [`to_bytes`]; a last byte without its second is left out.
#[must_use]
pub fn from_bytes(bytes: &[u8]) -> Vec<u16> {
    bytes.as_chunks::<2>().0.iter().map(|&pair| u16::from_le_bytes(pair)).collect()
}

/// A byte for each value, where every value is below 256.
#[must_use]
pub fn narrowed(values: &[u16]) -> Option<Vec<u8>> {
    let fits = values.iter().all(|&value| value < 256);
    fits.then(|| values.iter().map(|&value| value as u8).collect())
}

/// The values of [`narrowed`].
#[must_use]
pub fn widened(bytes: &[u8]) -> Vec<u16> {
    bytes.iter().map(|&value| u16::from(value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_come_back_from_their_bytes() {
        let wide = [0, 1, 255, 256, 0x1234, u16::MAX];
        assert_eq!(to_bytes(&wide)[8..10], [0x34, 0x12]);
        assert_eq!(from_bytes(&to_bytes(&wide)), wide);
        assert_eq!(narrowed(&wide), None);
        let bytes = narrowed(&wide[..3]).unwrap();
        assert_eq!(bytes, [0, 1, 255]);
        assert_eq!(widened(&bytes), wide[..3]);
    }
}
