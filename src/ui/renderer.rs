//! What draws the window: wgpu where there is a graphics card, OpenGL where the processor must draw, for it does that
//! several times faster, and each where the other can't be had.

use std::sync::Arc;

use eframe::egui_wgpu::{WgpuConfiguration, WgpuSetup, WgpuSetupCreateNew};
use eframe::wgpu::{Adapter, DeviceType};
use eframe::{NativeOptions, Renderer};

use crate::engine::platform;

/// Names one to be used alone, `wgpu` or `glow`: for a card whose driver draws wrongly.
const CHOICE: &str = "GILSCOPE_RENDERER";

/// A way to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// With wgpu, on a graphics card only.
    Card,
    /// With OpenGL.
    OpenGl,
    /// With wgpu, on whatever there is.
    Any,
}

/// The ways, best first.
pub(super) fn ways() -> &'static [Way] {
    order(
        std::env::var(CHOICE).ok().as_deref(),
        platform::has_graphics_card(),
    )
}

fn order(choice: Option<&str>, card: bool) -> &'static [Way] {
    match (choice, card) {
        (Some("wgpu"), _) => &[Way::Any],
        (Some("glow"), _) => &[Way::OpenGl],
        (_, true) => &[Way::Card, Way::OpenGl, Way::Any],
        // To look for a card takes a while.
        (_, false) => &[Way::OpenGl, Way::Any],
    }
}

impl Way {
    /// Has the window drawn so.
    pub(super) fn choose(self, options: &mut NativeOptions) {
        if self == Self::OpenGl {
            options.renderer = Renderer::Glow;
            return;
        }
        options.renderer = Renderer::Wgpu;
        options.wgpu_options = WgpuConfiguration {
            wgpu_setup: WgpuSetup::CreateNew(WgpuSetupCreateNew {
                native_adapter_selector: Some(Arc::new(move |adapters, surface| {
                    let shows =
                        |of: &&Adapter| surface.is_none_or(|to| of.is_surface_supported(to));
                    let fits = adapters.iter().filter(shows).filter(|of| self.takes(of));
                    let best = fits.min_by_key(|of| rank(of.get_info().device_type));
                    best.cloned()
                        .ok_or_else(|| "there is no graphics card".to_owned())
                })),
                ..WgpuSetupCreateNew::without_display_handle()
            }),
            ..WgpuConfiguration::default()
        };
    }

    fn takes(self, adapter: &Adapter) -> bool {
        self == Self::Any || adapter.get_info().device_type != DeviceType::Cpu
    }
}

/// Plots need no strong card: one that saves the battery is better.
fn rank(device: DeviceType) -> u8 {
    match device {
        DeviceType::IntegratedGpu => 0,
        DeviceType::DiscreteGpu => 1,
        DeviceType::VirtualGpu => 2,
        DeviceType::Other => 3,
        DeviceType::Cpu => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_the_others_fallback_and_one_that_is_named_is_alone() {
        assert_eq!(order(None, true), [Way::Card, Way::OpenGl, Way::Any]);
        assert_eq!(order(Some("nonsense"), false), [Way::OpenGl, Way::Any]);
        assert_eq!(order(Some("wgpu"), false), [Way::Any]);
        assert_eq!(order(Some("glow"), true), [Way::OpenGl]);
    }
}
