//! The two scales of the load: cores, and per cent of the machine. The same curve, other labels.

/// What the labels say.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scale {
    /// Busy cores.
    #[default]
    Cores,
    /// Per cent of the machine.
    Percent,
}

/// Where the labels are, in cores, and what they say; at most `most` of them, but always the two ends.
pub(super) fn labels(scale: Scale, cores: u32, most: usize) -> Vec<(f64, String)> {
    let cores = cores.max(1);
    let most = most.max(2);
    match scale {
        Scale::Percent => {
            let step = [10, 20, 25, 50, 100]
                .into_iter()
                .find(|step| 100 / step < most)
                .unwrap_or(100);
            (0..=100 / step)
                .map(|i| i * step)
                .map(|p| (p as f64 / 100.0 * f64::from(cores), format!("{p} %")))
                .collect()
        }
        Scale::Cores => {
            let step = (1..=cores)
                .filter(|step| cores.is_multiple_of(*step) || *step >= 8)
                .find(|step| ((cores / step) as usize) < most)
                .unwrap_or(cores);
            let mut at: Vec<u32> = (0..=cores / step).map(|i| i * step).collect();
            if at.last() != Some(&cores) {
                at.push(cores);
            }
            at.into_iter()
                .map(|n| (f64::from(n), n.to_string()))
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_scales_end_at_the_whole_machine() {
        for cores in [1, 2, 3, 7, 8, 12, 64, 97, 128] {
            for scale in [Scale::Cores, Scale::Percent] {
                let labels = labels(scale, cores, 6);
                assert!((2..=7).contains(&labels.len()), "{cores}: {labels:?}");
                assert!(labels[0].0.abs() < 1e-9);
                assert!((labels[labels.len() - 1].0 - f64::from(cores)).abs() < 1e-9);
            }
        }
        assert_eq!(
            labels(Scale::Cores, 8, 6)
                .iter()
                .map(|l| &*l.1)
                .collect::<Vec<_>>(),
            ["0", "2", "4", "6", "8"]
        );
    }
}
