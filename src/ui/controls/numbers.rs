//! Numbers as the controls show and read them.

use std::ops::RangeInclusive;

use eframe::egui;

/// A range of whole numbers as a rail has it.
pub(super) fn span<T: egui::emath::Numeric>(range: &RangeInclusive<T>) -> RangeInclusive<f64> {
    range.start().to_f64()..=range.end().to_f64()
}

/// An amount, short: `12 M steps`, `1.8 k rounds`.
pub(super) fn show_amount(amount: f64, of: &str) -> String {
    let (value, unit) = if amount >= 1e9 {
        (amount / 1e9, " G")
    } else if amount >= 1e6 {
        (amount / 1e6, " M")
    } else if amount >= 1e3 {
        (amount / 1e3, " k")
    } else {
        (amount, "")
    };
    format!("{}{unit} {of}", rounded(value))
}

/// Reads `12M`, `12 M steps`, `1.8 k rounds`, `1e6`, `1_000_000`.
pub(super) fn read_amount(text: &str) -> Option<f64> {
    let text: String = text
        .trim()
        .trim_end_matches("steps")
        .trim_end_matches("rounds")
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_' && *c != ',')
        .collect();
    let (digits, factor) = match text.chars().last()? {
        'k' | 'K' => (&text[..text.len() - 1], 1e3),
        'm' | 'M' => (&text[..text.len() - 1], 1e6),
        'g' | 'G' => (&text[..text.len() - 1], 1e9),
        _ => (text.as_str(), 1.0),
    };
    let value: f64 = digits.parse().ok()?;
    (value.is_finite()).then_some((value * factor).round())
}

/// Reads a whole number, with or without `_` between its digits.
pub(super) fn whole(text: &str) -> Option<f64> {
    let digits: String = text
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '_')
        .collect();
    digits.parse::<i64>().ok().map(|n| n as f64)
}

/// Reads seconds: `1.5`, `1.5 s`, `250 ms`.
pub(super) fn seconds(text: &str) -> Option<f64> {
    let text = text.trim();
    let (number, factor) = if let Some(number) = text.strip_suffix("ms") {
        (number, 1e-3)
    } else {
        (text.strip_suffix('s').unwrap_or(text), 1.0)
    };
    let value: f64 = number.trim().parse().ok()?;
    value.is_finite().then_some(value * factor)
}

/// Reads milliseconds, unless seconds are said: `5`, `5 ms`, `0.1 s`.
pub(super) fn milliseconds(text: &str) -> Option<f64> {
    let text = text.trim();
    if text.ends_with('s') {
        seconds(text).map(|s| s * 1e3)
    } else {
        seconds(text)
    }
}

/// Seconds as an estimate: two digits, no more.
pub(super) fn about_seconds(seconds: f64) -> String {
    match seconds {
        s if s < 0.001 => "under 1 ms".to_owned(),
        s if s < 1.0 => format!("{:.0} ms", two_digits(s * 1000.0)),
        s if s < 10.0 => format!("{s:.1} s"),
        s if s < 120.0 => format!("{s:.0} s"),
        s if s < 7200.0 => format!("{:.0} min", s / 60.0),
        s => format!("{:.0} h", s / 3600.0),
    }
}

/// Without the digits that a slider makes up: three decimals at most.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// Two leading digits: what a slider can mean.
pub(super) fn two_digits(value: f64) -> f64 {
    if value <= 0.0 || !value.is_finite() {
        return value;
    }
    let unit = 10f64.powf(value.log10().floor() - 1.0);
    (value / unit).round() * unit
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, steps) in [
            ("12M", 12e6),
            ("12 M steps", 12e6),
            ("1e6", 1e6),
            ("1_000_000", 1e6),
            ("250k", 250e3),
            ("1.8 k rounds", 1800.0),
            ("7", 7.0),
        ] {
            assert_eq!(read_amount(text), Some(steps), "{text}");
        }
        assert_eq!(read_amount("many"), None);
        assert_eq!(read_amount(""), None);
        assert_eq!(show_amount(12e6, "steps"), "12 M steps");
        assert_eq!(read_amount(&show_amount(3.4e9, "steps")), Some(3.4e9));
    }

    #[test]
    fn seconds_are_read_with_their_unit() {
        assert_eq!(seconds("1.5 s"), Some(1.5));
        assert_eq!(seconds("250 ms"), Some(0.25));
        assert_eq!(seconds("2"), Some(2.0));
        assert_eq!(seconds("soon"), None);
        assert_eq!(about_seconds(1.234), "1.2 s");
        assert_eq!(about_seconds(0.1234), "120 ms");
    }

    #[test]
    fn two_digits_is_what_a_slider_means() {
        assert!((two_digits(12_345_678.0) - 12e6).abs() < 1.0);
        assert!((two_digits(0.0)).abs() < f64::EPSILON);
    }
}
