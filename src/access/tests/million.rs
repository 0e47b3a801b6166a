//! A million random questions, answered alike by [`decide`] and by the reference; `REFERENCE_MILLIONS` takes more.
//!
//! Worlds are few and questions many: what one person is given under one policy is compiled once, and then asked about from
//! all sides. The seed is fixed, so that a failure is the same everywhere.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use super::given::{self, *};
use super::reference::reference;
use crate::access::*;
use crate::model::Timestamp;

const THREADS: u8 = 4;
/// Of each thread, for each million.
const WORLDS: usize = 250;
const QUESTIONS: usize = 1_000;

/// Steele, Lea and Flood's SplitMix64: enough to choose questions, and faster than anything better.
struct Dice(u64);

impl Dice {
    fn below(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % sides as u64) as usize
    }
}

/// Most of the questions that the pools of `given` can make, apart from when they are asked.
fn many_questions(runner: &mut TestRunner) -> Vec<Asked> {
    (0..4_000).map(|_| given::asked().new_tree(runner).unwrap().current()).collect()
}

#[expect(clippy::disallowed_methods, reason = "how much a test does is told to it and to nothing else")]
fn millions() -> usize {
    std::env::var("REFERENCE_MILLIONS").map_or(1, |text| text.parse().unwrap())
}

fn ask_about_worlds(seed: u8, worlds: usize) {
    let chosen = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), chosen);
    let questions = many_questions(&mut runner);
    let any = (policy(), facts());
    let mut dice = Dice(u64::from(seed));
    for world in 0..worlds {
        let (policy, facts) = any.new_tree(&mut runner).unwrap().current();
        let access = compile(&policy, &facts);
        for _ in 0..QUESTIONS {
            let asked = &questions[dice.below(questions.len())];
            let now = Timestamp::from_micros(dice.below(10) as i64);
            let decided = match policy.resolve(&asked.question()) {
                Ok(resolved) => decide(&access, &resolved, now),
                Err(unknown) => (&unknown).into(),
            };
            let expected = reference(&policy, &facts, asked, now);
            assert_eq!(decided.reason, expected, "world {world}: {asked:?} at {now:?} of {facts:#?} under {policy:#?}");
        }
    }
}

#[test]
fn a_million_questions_are_answered_as_the_reference_answers_them() {
    let worlds = millions() * WORLDS;
    std::thread::scope(|threads| {
        for seed in 0..THREADS {
            threads.spawn(move || ask_about_worlds(seed, worlds));
        }
    });
}
