//! Times, sizes and numbers as people type them: `5ms`, `2GiB`, `15_000_000`.

/// Seconds: a number with `us`, `ms`, `s`, `min` or `h`; without a unit it is seconds.
pub(super) fn seconds(text: &str) -> Result<f64, String> {
    let units = [
        ("us", 1e-6),
        ("µs", 1e-6),
        ("ms", 1e-3),
        ("min", 60.0),
        ("h", 3600.0),
        ("s", 1.0),
        ("", 1.0),
    ];
    scaled(text, &units).ok_or_else(|| "a time such as 5ms, 1.5s or 2min is needed".to_owned())
}

/// Bytes: a number with `B`, `kB`, `KiB`, `MB`, `MiB`, `GB` or `GiB`; without a unit it is bytes.
pub(super) fn bytes(text: &str) -> Result<u64, String> {
    let units = [
        ("KiB", 1024.0),
        ("MiB", 1_048_576.0),
        ("GiB", 1_073_741_824.0),
        ("kB", 1e3),
        ("KB", 1e3),
        ("MB", 1e6),
        ("GB", 1e9),
        ("B", 1.0),
        ("", 1.0),
    ];
    match scaled(text, &units) {
        Some(bytes) if (1.0..1e18).contains(&bytes) => Ok(bytes as u64),
        _ => {
            Err("a size such as 500MB, 2GiB or 1000000 is needed, 1 byte to 1000000 TB".to_owned())
        }
    }
}

/// A whole number, which may have `_` between its digits.
pub(super) fn whole(text: &str) -> Option<i128> {
    text.replace('_', "").parse().ok()
}

/// The number before the first unit that fits.
fn scaled(text: &str, units: &[(&str, f64)]) -> Option<f64> {
    let text = text.trim();
    units.iter().find_map(|(unit, scale)| {
        let number = text.strip_suffix(unit)?.trim_end().replace('_', "");
        // `inf` and `nan` are numbers to Rust, and no times.
        let plain = number
            .chars()
            .all(|c| c.is_ascii_digit() || "+-.eE".contains(c));
        let value: f64 = number.parse().ok().filter(|_| plain)?;
        Some(value * scale)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_and_nonsense_is_refused() {
        assert_eq!(seconds("5ms"), Ok(0.005));
        assert_eq!(seconds("1.5"), Ok(1.5));
        assert_eq!(seconds("2min"), Ok(120.0));
        assert_eq!(seconds("30 s"), Ok(30.0));
        for nonsense in ["", "ms", "five", "inf", "nan", "1 2s"] {
            assert!(seconds(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(bytes("2GiB"), Ok(2 << 30));
        assert_eq!(bytes("500MB"), Ok(500_000_000));
        assert_eq!(bytes("1_000"), Ok(1000));
        for nonsense in ["", "0", "-1", "GiB", "1TBs"] {
            assert!(bytes(nonsense).is_err(), "{nonsense}");
        }
        assert_eq!(whole("15_000_000"), Some(15_000_000));
        assert_eq!(whole("1.5"), None);
    }
}
