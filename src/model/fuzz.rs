//! What the fuzz targets of every room share: chance that is the same in every run, so that a failure comes again.
//!
//! For a longer run: `PORTCULLIS_FUZZ_INPUTS=1000000 cargo nextest run -E 'test(/fuzz/)'`.

/// How many inputs each target gets.
const INPUTS: &str = match option_env!("PORTCULLIS_FUZZ_INPUTS") {
    Some(inputs) => inputs,
    None => "3000",
};

/// xorshift: what is wanted is variety, not secrecy.
#[derive(Debug)]
pub struct Chance(u64);

impl Chance {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }

    pub fn of<'a, T: ?Sized>(&mut self, all: &[&'a T]) -> &'a T {
        all[self.below(all.len())]
    }

    /// One of the corpus with up to four changes; `words` are fragments that change how something is read.
    pub fn changed(&mut self, corpus: &[&str], words: &[&str]) -> String {
        let mut text: Vec<char> = self.of(corpus).chars().collect();
        for _ in 0..=self.below(4) {
            let at = self.below(text.len() + 1);
            match self.below(4) {
                0 if at < text.len() => drop(text.remove(at)),
                1 => text.truncate(at),
                2 => {
                    let other: Vec<char> = self.of(corpus).chars().collect();
                    text.splice(at.., other[self.below(other.len() + 1)..].iter().copied());
                }
                _ => drop(text.splice(at..at, self.of(words).chars())),
            }
        }
        text.into_iter().collect()
    }
}

/// Gives each of the corpus as it is, and then as many changed ones as are wanted.
pub fn each<T>(
    corpus: &[&str],
    plain: impl Fn(&str) -> T,
    changed: impl Fn(&mut Chance) -> T,
    mut holds: impl FnMut(T),
) {
    corpus.iter().for_each(|one| holds(plain(one)));
    let mut chance = Chance(0x9e37_79b9_7f4a_7c15);
    for _ in 0..INPUTS.parse::<usize>().unwrap() {
        holds(changed(&mut chance));
    }
}

/// Gives each of the corpus as it is, and then changed ones.
pub fn each_text(corpus: &[&str], words: &[&str], holds: impl FnMut(String)) {
    each(corpus, str::to_owned, |chance| chance.changed(corpus, words), holds);
}
