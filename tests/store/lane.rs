//! The write lane: one commit for many changes, each undone alone, and none acknowledged that is not there.

use diesel::RunQueryDsl;
use portcullis::model::{Digest, DirectoryId, DirectoryTokenId, SessionId};
use portcullis::store::directories::{self, DirectoryRow, DirectoryTokenRow};
use portcullis::store::sessions::{self, SessionRow};

use super::*;

type Change1 = Box<dyn FnOnce(&mut WriteTx<'_>) -> Result<Audited<()>, StoreError> + Send>;

/// Runs these changes in one batch and gives their answers.
fn in_one_batch(bench: &Bench, changes: Vec<Change1>) -> Vec<Result<(), StoreError>> {
    together(bench, changes.into_iter().map(|change| Box::pin(bench.change(change)) as Waiting<'_>).collect())
}

fn boxed(change: impl FnOnce(&mut WriteTx<'_>) -> Result<Audited<()>, StoreError> + Send + 'static) -> Change1 {
    Box::new(change)
}

/// A query that no database can answer.
fn failing_query(tx: &mut WriteTx<'_>) -> Result<(), StoreError> {
    diesel::sql_query("SELECT nothing FROM nowhere").execute(tx.conn())?;
    Ok(())
}

on_both_stores! {
    fn a_change_is_there_with_its_entry_and_published_before_it_is_answered(bench: &Bench) {
        let row = person(bench.organization, "ann");
        bench.write(adding(row.clone())).unwrap();
        let published = bench.published.0.lock().concat();
        assert!(published.contains(&Change::User(bench.organization, row.id)), "{published:?}");
        assert_eq!(bench.user(row.id).unwrap().user_name, "ann");
        assert_eq!(bench.entries(), 1);
    }

    fn many_changes_share_one_commit(bench: &Bench) {
        let rows: Vec<_> = (0..50).map(|n| person(bench.organization, &format!("person{n}"))).collect();
        let answers = in_one_batch(bench, rows.iter().cloned().map(|row| boxed(adding(row))).collect());
        assert!(answers.iter().all(Result::is_ok), "{answers:?}");
        let commits = bench.published.0.lock().iter().filter(|changes| !changes.is_empty()).count();
        assert_eq!(commits, 1);
        assert!(rows.iter().all(|row| bench.user(row.id).is_some()));
        assert_eq!(bench.entries(), 50);
    }

    fn a_failing_change_undoes_only_itself(bench: &Bench) {
        let [ann, ben, cid, dan] = ["ann", "ben", "cid", "dan"].map(|name| person(bench.organization, name));
        let same_name = person(bench.organization, "ANN");
        let (refused, written) = (ben.clone(), same_name.clone());
        let answers = in_one_batch(bench, vec![
            boxed(adding(ann.clone())),
            boxed(move |tx| {
                users::insert(tx, refused, &["ben@corp.example"])?;
                Err(StoreError::Stale)
            }),
            boxed(adding(cid.clone())),
            boxed(adding(written)),
            boxed(adding(dan.clone())),
        ]);
        assert!(matches!(answers[1], Err(StoreError::Stale)), "{answers:?}");
        assert!(matches!(answers[3], Err(StoreError::Conflict { .. })), "{answers:?}");
        assert!([0, 2, 4].iter().all(|&n| answers[n].is_ok()), "{answers:?}");
        assert!([&ann, &cid, &dan].iter().all(|row| bench.user(row.id).is_some()));
        assert!([&ben, &same_name].iter().all(|row| bench.user(row.id).is_none()));
        assert_eq!(bench.entries(), 3);
    }

    fn a_change_that_panics_undoes_only_itself_and_the_lane_lives_on(bench: &Bench) {
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(|name| person(bench.organization, name));
        let (lost, id) = (ben.clone(), ben.id);
        let answers = in_one_batch(bench, vec![
            boxed(adding(ann.clone())),
            boxed(move |tx| {
                users::insert(tx, lost, &[])?;
                panic!("a bug in a change, as this test wants it ({id})");
            }),
            boxed(adding(cid.clone())),
        ]);
        assert!(answers[0].is_ok() && answers[2].is_ok(), "{answers:?}");
        assert!(matches!(answers[1], Err(StoreError::Unavailable(_))), "{answers:?}");
        assert!(bench.user(ann.id).is_some() && bench.user(cid.id).is_some() && bench.user(ben.id).is_none());
        assert_eq!(bench.entries(), 2);
        bench.write(adding(ben)).unwrap();
        assert_eq!(bench.entries(), 3);
    }

    fn what_was_answered_as_done_is_there_also_when_a_query_of_another_change_failed(bench: &Bench) {
        let [ann, ben, cid] = ["ann", "ben", "cid"].map(|name| person(bench.organization, name));
        let (kept, silent) = (ann.clone(), cid.clone());
        let answers = in_one_batch(bench, vec![
            boxed(move |tx| Ok(Audited::upkeep(users::insert(tx, kept, &[])?))),
            boxed(|tx| failing_query(tx).map(Audited::unchanged)),
            boxed(|_| Ok(Audited::unchanged(()))),
        ]);
        assert!(answers[1].is_err(), "{answers:?}");
        assert_eq!(answers[0].is_ok(), bench.user(ann.id).is_some(), "{answers:?}");
        // The same after a change with an entry; and the lane is as good as new.
        let written = ben.clone();
        let answers = in_one_batch(bench, vec![
            boxed(adding(written)),
            boxed(|tx| failing_query(tx).map(Audited::unchanged)),
        ]);
        assert_eq!(answers[0].is_ok(), bench.user(ben.id).is_some(), "{answers:?}");
        assert_eq!(bench.entries(), usize::from(answers[0].is_ok()));
        crate::support::until("the lane works again", || bench.write(adding(silent.clone())).is_ok());
        assert!(bench.user(cid.id).is_some());
    }

    fn rows_that_a_change_touched_and_called_unchanged_are_as_before(bench: &Bench) {
        let row = person(bench.organization, "ann");
        let touched = row.clone();
        bench.write(move |tx| Ok(Audited::unchanged(users::insert(tx, touched, &[])?))).unwrap();
        assert!(bench.user(row.id).is_none());
        assert_eq!(bench.entries(), 0);
    }

    fn a_stale_version_is_refused(bench: &Bench) {
        let row = person(bench.organization, "ann");
        let id = row.id;
        bench.write(adding(row.clone())).unwrap();
        let renamed = |name: &str| UserRow { document: format!("\"{name}\""), ..row.clone() };
        let update = |row: UserRow| bench.write(move |tx| {
            users::update(tx, &row, None)?;
            Ok(Audited::new((), event(id)))
        });
        update(renamed("first")).unwrap();
        assert!(matches!(update(renamed("second")), Err(StoreError::Stale)));
        let stands = bench.user(id).unwrap();
        assert_eq!((stands.version, stands.document.as_str()), (2, "\"first\""));
        assert_eq!(bench.entries(), 2);
    }

    fn of_many_who_read_and_write_at_once_none_overwrites_another(bench: &Bench) {
        let row = person(bench.organization, "ann");
        let (id, organization) = (row.id, bench.organization);
        bench.write(adding(row)).unwrap();
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    for _ in 0..10 {
                        bench.write(move |tx| {
                            let mut row = users::by_id(tx.conn(), organization, id)?.expect("she is there");
                            row.session_epoch += 1;
                            users::update(tx, &row, None)?;
                            Ok(Audited::new((), event(id)))
                        }).unwrap();
                    }
                });
            }
        });
        let stands = bench.user(id).unwrap();
        assert_eq!((stands.session_epoch, stands.version), (80, 81));
        assert_eq!(bench.entries(), 81);
    }

    fn a_change_nobody_waits_for_any_more_happens_all_the_same(bench: &Bench) {
        let row = person(bench.organization, "ann");
        let mut nothing = Context::from_waker(Waker::noop());
        {
            let _inside = bench.runtime.enter();
            let mut change = pin!(bench.change(adding(row.clone())));
            let _left_early = change.as_mut().poll(&mut nothing);
        }
        bench.write(|_| Ok(Audited::unchanged(()))).unwrap();
        assert!(bench.user(row.id).is_some());
        assert_eq!(bench.entries(), 1);
    }

    fn ending_somebodys_sessions_is_published_for_each_of_their_cookies(bench: &Bench) {
        let (organization, now) = (bench.organization, now());
        let person = person(organization, "ann");
        let user = person.id;
        let digests = ["one", "two"].map(|cookie| Digest::of(cookie.as_bytes()));
        bench.write(move |tx| {
            users::insert(tx, person, &[])?;
            for digest in digests {
                sessions::insert(tx, SessionRow {
                    organization_id: organization, id: SessionId::new(now, &SystemChance), digest: digest.hex(), user_id: user,
                    epoch: 0, connection_id: None, name_id: None, session_index: None, subject: None, ip: None,
                    user_agent: None, created_at: now, last_seen_at: now, ends_at: now, revoked_at: None, step: None,
                })?;
            }
            Ok(Audited::upkeep(()))
        }).unwrap();
        bench.published.0.lock().clear();
        assert_eq!(bench.write(move |tx| Ok(Audited::upkeep(sessions::revoke_all(tx, user)?))).unwrap(), 2);
        let published = bench.published.0.lock().concat();
        assert!(digests.iter().all(|digest| published.contains(&Change::Secret(*digest))), "{published:?}");
    }

    fn pausing_a_directory_is_published_for_each_of_its_tokens(bench: &Bench) {
        let (organization, now) = (bench.organization, now());
        let id = DirectoryId::new(now, &SystemChance);
        let directory = DirectoryRow {
            organization_id: organization, id, name: "Okta".to_owned(), name_key: "okta".to_owned(),
            dialect: "okta".to_owned(), paused: false, version: 1, created_at: now, changed_at: now,
        };
        let digests = ["one", "two"].map(|token| Digest::of(token.as_bytes()));
        let row = directory.clone();
        bench.write(move |tx| {
            directories::insert(tx, row)?;
            for digest in digests {
                directories::insert_token(tx, DirectoryTokenRow {
                    organization_id: organization, id: DirectoryTokenId::new(now, &SystemChance), directory_id: id,
                    digest: digest.hex(), created_at: now, expires_at: None, revoked_at: None, last_used_at: None,
                    client_id: None,
                })?;
            }
            Ok(Audited::upkeep(()))
        }).unwrap();
        bench.published.0.lock().clear();
        bench.write(move |tx| Ok(Audited::upkeep(directories::update(tx, &DirectoryRow { paused: true, ..directory })?))).unwrap();
        let published = bench.published.0.lock().concat();
        assert!(digests.iter().all(|digest| published.contains(&Change::Secret(*digest))), "{published:?}");
    }
}
