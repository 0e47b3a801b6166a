//! One decision here, in Cedar and in Casbin: the same person, the same places, the same questions, interleaved.
//!
//! Prints one JSON object a line: `name`, `ns` (the middle of many rounds) and `allocations` (a call), and last the `bytes`
//! of a compiled access. Ends with an error
//! if the engines do not agree on every answer. `compare ROUNDS` takes fewer or more rounds than 200.

mod allocations;
mod casbin;
mod cedar;
mod questions;

use std::error::Error;
use std::hint::black_box;
use std::time::{Duration, Instant};

use portcullis::access::{compile, decide};

use self::casbin::Casbin;
use self::cedar::Cedar;
use self::questions::{ASSIGNED, NOW, Ours, QUESTIONS, customer, question};

#[global_allocator]
static ALLOCATOR: allocations::Counting = allocations::Counting;

/// How long one round of one subject lasts.
const ROUND: Duration = Duration::from_millis(2);

/// Something to be measured: answers question number `n`.
struct Subject<'s> {
    name: &'static str,
    ask: Box<dyn FnMut(usize) -> bool + 's>,
    calls: usize,
    rounds: Vec<f64>,
}

impl<'s> Subject<'s> {
    fn new(name: &'static str, ask: impl FnMut(usize) -> bool + 's) -> Self {
        Self { name, ask: Box::new(ask), calls: 0, rounds: Vec::new() }
    }

    /// Nanoseconds a call, over `calls` calls that take each question in turn.
    fn time(&mut self, calls: usize) -> f64 {
        let start = Instant::now();
        for call in 0..calls {
            black_box((self.ask)(black_box(call % QUESTIONS.len())));
        }
        start.elapsed().as_secs_f64() * 1e9 / calls as f64
    }

    fn round(&mut self) {
        if self.calls == 0 {
            self.calls = (ROUND.as_secs_f64() * 1e9 / self.time(400)) as usize / 4 * 4 + 4;
        }
        let took = self.time(self.calls);
        self.rounds.push(took);
    }

    fn report(&mut self) {
        self.rounds.sort_by(f64::total_cmp);
        let middle = self.rounds[self.rounds.len() / 2];
        let ask = &mut self.ask;
        let allocations = allocations::during(|| {
            for n in 0..QUESTIONS.len() {
                black_box(ask(n));
            }
        });
        let name = self.name;
        println!(
            "{{\"name\":\"{name}\",\"ns\":{middle:.1},\"allocations\":{}}}",
            allocations as f64 / QUESTIONS.len() as f64
        );
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let rounds = std::env::args().nth(1).map_or(Ok(200), |rounds| rounds.parse())?;
    let (ours, wide) = (Ours::new(ASSIGNED)?, Ours::new(1_000)?);
    let asked = QUESTIONS.iter().map(|(action, n, _)| question(action, *n)).collect::<Result<Vec<_>, _>>()?;
    let resolved = asked.iter().map(|question| ours.resolve(question)).collect::<Result<Vec<_>, _>>()?;
    let wide_resolved = asked.iter().map(|question| wide.resolve(question)).collect::<Result<Vec<_>, _>>()?;
    let requests = QUESTIONS.iter().map(|(action, n, _)| Cedar::request(action, *n)).collect::<Result<Vec<_>, _>>()?;
    let (linked, attribute) = (Cedar::linked(&ours.permissions)?, Cedar::attribute(&ours.permissions)?);
    let runtime = tokio::runtime::Builder::new_current_thread().build()?;
    let casbin = runtime.block_on(Casbin::new(&ours.permissions))?;
    let customers: Vec<String> = QUESTIONS.iter().map(|(_, n, _)| customer(*n)).collect();

    let mut subjects = [
        Subject::new("decide", |n| decide(&ours.access, &resolved[n], NOW).allowed),
        Subject::new("resolve and decide", |n| {
            ours.policy.resolve(&asked[n]).is_ok_and(|resolved| decide(&ours.access, &resolved, NOW).allowed)
        }),
        Subject::new("decide, 1,000 assignments", |n| decide(&wide.access, &wide_resolved[n], NOW).allowed),
        Subject::new("compile", |n| {
            decide(&compile(&ours.policy, &ours.facts), &resolved[n], NOW).allowed
        }),
        Subject::new("cedar linked", |n| linked.allows(&requests[n])),
        Subject::new("cedar attribute", |n| attribute.allows(&requests[n])),
        Subject::new("casbin", |n| casbin.allows(QUESTIONS[n].0, &customers[n])),
    ];
    for subject in &mut subjects {
        for (n, (action, customer, expected)) in QUESTIONS.iter().enumerate() {
            // Whoever is assigned to a thousand customers is assigned to the last of the fifty too.
            let expected = *expected || (subject.name.contains("1,000") && *action == "ticket.manage");
            if (subject.ask)(n) != expected {
                return Err(format!("{} answers {action} at customer {customer} wrongly", subject.name).into());
            }
        }
    }
    for _ in 0..rounds {
        subjects.iter_mut().for_each(Subject::round);
    }
    subjects.iter_mut().for_each(Subject::report);
    println!("{{\"name\":\"access\",\"bytes\":{}}}", ours.bytes()?);
    Ok(())
}
