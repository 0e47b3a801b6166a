//! Those who arrive together are added by one statement, as if each had come alone.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use portcullis::store::arrivals::Arrival;

use super::*;

fn arrival(bench: &Bench, name: &str) -> Arrival {
    Arrival {
        row: person(bench.organization, name),
        emails: vec![format!("{name}@corp.example"), "ALL@corp.example".to_owned()],
    }
}

fn arriving(bench: &Bench, arrival: Arrival) -> Waiting<'_> {
    Box::pin(async move { bench.store.admit(&by(), arrival.clone(), event(arrival.row.id), || true).await })
}

on_both_stores! {
    fn those_who_arrive_together_share_one_commit_and_have_an_entry_each(bench: &Bench) {
        let people: Vec<_> = (0..50).map(|n| arrival(bench, &format!("person{n}"))).collect();
        let answers = together(bench, people.iter().map(|one| arriving(bench, one.clone())).collect());
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let commits = bench.published.0.lock().iter().filter(|changes| !changes.is_empty()).count();
        assert_eq!(commits, 1);
        assert!(people.iter().all(|one| bench.user(one.row.id).as_ref() == Some(&one.row)));
        assert_eq!(bench.entries(), 50);
    }

    fn of_several_with_one_name_the_first_is_added_and_each_other_is_refused(bench: &Bench) {
        let [ann, ben] = ["ann", "ben"].map(|name| arrival(bench, name));
        let second = arrival(bench, "ANN");
        let answers = together(bench, [&ann, &second, &ben].map(|one| arriving(bench, one.clone())).into());
        assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
        assert!(matches!(answers[1], Err(StoreError::Conflict { .. })), "{answers:?}");
        let later = together(bench, vec![arriving(bench, arrival(bench, "Ben"))]);
        assert!(matches!(later[0], Err(StoreError::Conflict { .. })), "{later:?}");
        assert!(bench.user(second.row.id).is_none());
        assert_eq!(bench.entries(), 2);
    }

    fn once_the_log_has_begun_a_taken_name_still_costs_its_own_person_alone(bench: &Bench) {
        let [ann, ben, cid, dan, eve] = ["ann", "ben", "cid", "dan", "eve"].map(|name| arrival(bench, name));
        let second = arrival(bench, "BEN");
        let began = together(bench, vec![arriving(bench, ann)]);
        let whole = together(bench, [&ben, &cid].map(|one| arriving(bench, one.clone())).into());
        let parted = together(bench, [&second, &dan].map(|one| arriving(bench, one.clone())).into());
        let nobody = together(bench, vec![arriving(bench, second.clone())]);
        let after = together(bench, vec![arriving(bench, eve.clone())]);
        assert!([began, whole, after].iter().flatten().all(Result::is_ok));
        assert!(matches!(parted[0], Err(StoreError::Conflict { .. })) && parted[1].is_ok(), "{parted:?}");
        assert!(matches!(nobody[0], Err(StoreError::Conflict { .. })), "{nobody:?}");
        assert!([&ben, &cid, &dan, &eve].iter().all(|one| bench.user(one.row.id).as_ref() == Some(&one.row)));
        // Each has its entry, in one unbroken row: the head says how many there are.
        assert_eq!(bench.entries(), 5);
    }

    fn somebody_new_is_found_by_each_address_and_who_was_refused_by_none(bench: &Bench) {
        let (ann, second) = (arrival(bench, "ann"), Arrival { emails: vec!["x@corp.example".to_owned()], ..arrival(bench, "ann") });
        together(bench, [ann, second].map(|one| arriving(bench, one)).into());
        let organization = bench.organization;
        let found = |email: &'static str| {
            bench.runtime.block_on(bench.store.read(move |conn| users::name_with_email(conn, organization, email))).unwrap()
        };
        assert_eq!(found("Ann@Corp.example").as_deref(), Some("ann"));
        assert_eq!(found("all@corp.example").as_deref(), Some("ann"));
        assert_eq!(found("x@corp.example"), None);
    }

    fn changes_between_arrivals_keep_their_place(bench: &Bench) {
        let [ann, ben] = ["ann", "ben"].map(|name| arrival(bench, name));
        let again = arrival(bench, "ann");
        let (organization, id) = (bench.organization, ann.row.id);
        let removing: Waiting<'_> = Box::pin(bench.change(move |tx| {
            let row = users::by_id(tx.conn(), organization, id)?.ok_or(StoreError::Stale)?;
            users::delete(tx, &row)?;
            Ok(Audited::new((), event(id)))
        }));
        let failing: Waiting<'_> = Box::pin(bench.change(move |tx| {
            let row = users::by_user_name(tx.conn(), organization, "ann")?.ok_or(StoreError::Stale)?;
            users::delete(tx, &row)?;
            Err(StoreError::Stale)
        }));
        let waiting = vec![arriving(bench, ann), removing, arriving(bench, again.clone()), failing, arriving(bench, ben.clone())];
        let answers = together(bench, waiting);
        assert!([0, 1, 2, 4].iter().all(|&n| answers[n].is_ok()), "{answers:?}");
        assert!(answers[3].is_err());
        assert!(bench.user(id).is_none());
        assert!(bench.user(again.row.id).is_some() && bench.user(ben.row.id).is_some());
        assert_eq!(bench.entries(), 4);
    }

    fn who_is_not_welcome_when_their_turn_comes_is_not_added_and_the_others_are(bench: &Bench) {
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(|name| arrival(bench, name));
        let closed = Arc::new(AtomicBool::new(false));
        let ask = |one: Arrival| -> Waiting<'_> {
            let open = { let closed = Arc::clone(&closed); move || !closed.load(Ordering::Relaxed) };
            Box::pin(async move { bench.store.admit(&by(), one.clone(), event(one.row.id), open).await })
        };
        // Asked for at once: a change that comes between two arrivals is already seen by the second.
        let closing = {
            let closed = Arc::clone(&closed);
            Box::pin(bench.change(move |_tx| {
                closed.store(true, Ordering::Relaxed);
                Ok(Audited::unchanged(()))
            }))
        };
        let waiting = vec![ask(ann.clone()), closing, ask(ben.clone()), arriving(bench, cid.clone())];
        let answers = together(bench, waiting);
        assert!(answers[0].is_ok() && answers[3].is_ok(), "{answers:?}");
        assert!(matches!(answers[2], Err(StoreError::Stale)), "{answers:?}");
        assert_eq!([&ann, &ben, &cid].map(|one| bench.user(one.row.id).is_some()), [true, false, true]);
        assert_eq!(bench.entries(), 2);
    }

    fn who_does_not_wait_any_more_is_added_all_the_same(bench: &Bench) {
        let [ann, ben] = ["ann", "ben"].map(|name| arrival(bench, name));
        let id = ann.row.id;
        let leaving = Box::pin(first_poll_only(arriving(bench, ann)));
        let answers = together(bench, vec![leaving, arriving(bench, ben)]);
        assert!(answers[1].is_ok());
        assert!(bench.user(id).is_some());
        assert_eq!(bench.entries(), 2);
    }
}

/// Waits, and goes away before there is an answer.
async fn first_poll_only(mut one: Waiting<'_>) -> Result<(), StoreError> {
    assert!(one.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
    drop(one);
    tokio::task::yield_now().await;
    Ok(())
}

/// PostgreSQL takes no U+0000; nothing that reaches the store bears one, and if it did it would be its own fault alone.
#[test]
fn whom_the_database_cannot_take_is_refused_alone() {
    let bench = Bench::postgres();
    let [ann, bad, cid] = ["ann", "b\0d", "cid"].map(|name| arrival(&bench, name));
    let answers = together(&bench, [&ann, &bad, &cid].map(|one| arriving(&bench, one.clone())).into());
    assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
    assert!(matches!(answers[1], Err(StoreError::Unavailable(_))), "{answers:?}");
    assert_eq!(bench.entries(), 2);
}
