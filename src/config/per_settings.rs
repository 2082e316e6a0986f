//! Remembers something for each of the settings that templates were last checked or rewritten under.

use crate::config::settings::Settings;

/// What is remembered under the settings of a template. The templates of a folder may be for two PSAs in turn.
#[derive(Debug, Default)]
pub(crate) struct PerSettings<T> {
    /// The settings that apply now come first.
    kept: Vec<(Settings, T)>,
}

impl<T: Default> PerSettings<T> {
    /// For how many settings something is remembered.
    const KEPT: usize = 2;

    /// Switches to the settings that apply from now on.
    pub(crate) fn begin(&mut self, settings: &Settings) {
        match self.kept.iter().position(|(known, _)| known == settings) {
            Some(known) => self.kept.swap(0, known),
            None => {
                self.kept.truncate(PerSettings::<T>::KEPT - 1);
                self.kept.insert(0, (settings.clone(), T::default()));
            }
        }
    }

    /// What is remembered under these settings; `None` before any apply.
    pub(crate) fn get(&self) -> Option<&T> {
        self.kept.first().map(|(_, memory)| memory)
    }

    /// The same, to add to it.
    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        self.kept.first_mut().map(|(_, memory)| memory)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Vocabulary;

    #[test]
    fn two_settings_are_kept_apart() {
        let settings = |dialect, host| Settings::new(Vocabulary::builtin(), dialect, Some(host)).unwrap();
        let (first, second) = (settings("connectwise", "a.example"), settings("autotask", "a.example"));
        let mut memory: PerSettings<u32> = PerSettings::default();
        assert_eq!(memory.get(), None);
        for (settings, before, after) in [
            (&first, 0, 1),
            (&second, 0, 2),
            (&first, 1, 3),
            (&settings("autotask", "b.example"), 0, 4),
            (&first, 3, 5),
        ] {
            memory.begin(settings);
            assert_eq!(memory.get(), Some(&before));
            *memory.get_mut().unwrap() = after;
        }
        memory.begin(&second);
        assert_eq!(memory.get(), Some(&0));
    }
}
