//! The masking of client frames (RFC 6455, 5.3).

/// Unmasks `bytes` in place; `key` must be turned so that its first byte belongs to the first of `bytes`.
pub(super) fn unmask(bytes: &mut [u8], key: [u8; 4]) {
    let [a, b, c, d] = key;
    let mask = u64::from_ne_bytes([a, b, c, d, a, b, c, d]);
    // Whole words, so that the compiler can use vector instructions.
    let (words, rest) = bytes.as_chunks_mut::<8>();
    for word in words {
        *word = (u64::from_ne_bytes(*word) ^ mask).to_ne_bytes();
    }
    for (byte, key) in rest.iter_mut().zip(mask.to_ne_bytes()) {
        *byte ^= key;
    }
}

#[cfg(test)]
mod tests {
    use super::unmask;

    #[test]
    fn equals_the_rfc_definition_for_every_length() {
        let key = [0x37, 0xfa, 0x21, 0x3d];
        for length in 0..70_u8 {
            let plain: Vec<u8> = (0..length).collect();
            let expected: Vec<u8> =
                plain.iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect();
            let mut bytes = plain;
            unmask(&mut bytes, key);
            assert_eq!(bytes, expected, "length {length}");
        }
    }
}
