//! What a statement does to others, seen from a second session while its transaction is still open.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use gonogo_migration::{LockMode, Observed, ServerError};

use super::session::{Row, Session, Sessions, is_locked, number};

/// How long a second session waits for a lock before it counts as held up.
const PATIENCE: &str = "set client_min_messages = error; set lock_timeout = '25ms'; set statement_timeout = '5s'";

/// How long each session that holds the statement up stays in its way.
const IN_THE_WAY: Duration = Duration::from_millis(250);

/// No more tables than this are held up one after another.
const HELD_UP: usize = 24;

/// One relation as it was before the migration.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    name: String,
    kind: char,
    file: Option<String>,
    quoted: String,
}

impl Seen {
    fn is_table(&self) -> bool {
        matches!(self.kind, 'r' | 'p' | 'm' | 'f')
    }
}

/// Relations by their identity.
pub(super) type Relations = BTreeMap<u64, Seen>;

/// Rows read so far, by relation: passes and rows.
type Counters = BTreeMap<u64, (u64, u64)>;

const RELATIONS: &str = "select c.oid, case when n.nspname = 'public' then c.relname else n.nspname || '.' || c.relname end, c.relkind,
  pg_relation_filenode(c.oid), format('%I.%I', n.nspname, c.relname)
  from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// The relations of users that a session sees.
pub(super) fn relations(sessions: &Sessions, session: &Session) -> Result<Relations, ServerError> {
    let mut out = Relations::new();
    for row in sessions.ask(session, RELATIONS)? {
        let [oid, Some(name), Some(kind), file, Some(quoted)] = row.as_slice() else { continue };
        let (Some(oid), Some(kind)) = (number(Some(oid)), kind.chars().next()) else { continue };
        out.insert(oid, Seen { name: name.clone(), kind, file: file.clone(), quoted: quoted.clone() });
    }
    Ok(out)
}

fn tables(before: &Relations) -> Vec<u64> {
    before.iter().filter(|(_, seen)| seen.is_table()).map(|(oid, _)| *oid).collect()
}

fn list(oids: &[u64]) -> String {
    oids.iter().map(u64::to_string).collect::<Vec<_>>().join(", ")
}

/// Rows read from end to end by the transaction that is open (`xact_`) or by all that are over.
fn counters(sessions: &Sessions, session: &Session, oids: &[u64], xact: &str) -> Result<Counters, ServerError> {
    if oids.is_empty() {
        return Ok(Counters::new());
    }
    let sql = format!(
        "select c.oid, coalesce(pg_stat_get_{xact}numscans(c.oid), 0), coalesce(pg_stat_get_{xact}tuples_returned(c.oid), 0) \
         from pg_class c where c.oid in ({})",
        list(oids)
    );
    let read = |row: Row| {
        let [oid, passes, rows] = row.as_slice() else { return None };
        Some((number(Some(oid))?, (number(Some(passes))?, number(Some(rows))?)))
    };
    Ok(sessions.ask(session, &sql)?.into_iter().filter_map(read).collect())
}

/// What a session could not do to each table in a moment's wait: read it, write it.
fn probe(sessions: &Sessions, before: &Relations, now: &Relations, out: &mut Observed) -> Result<(), ServerError> {
    let other = sessions.open()?;
    sessions.ask(&other, PATIENCE)?;
    for (oid, seen) in before.iter().filter(|(_, seen)| seen.is_table()) {
        let Some(current) = now.get(oid) else { continue };
        for (verb, into) in
            [("explain select 1 from", &mut out.blocks_reads), ("explain delete from", &mut out.blocks_writes)]
        {
            match sessions.ask(&other, &format!("{verb} {}", current.quoted)) {
                Err(error) if is_locked(&error) => {
                    into.insert(seen.name.clone());
                }
                Ok(_) | Err(ServerError::Statement { .. }) => {}
                Err(error) => return Err(error),
            }
        }
    }
    Ok(())
}

/// Adds the locks that a session holds or waits for.
fn locks(
    sessions: &Sessions,
    observer: &Session,
    pid: i64,
    before: &Relations,
    into: &mut BTreeMap<String, LockMode>,
) -> Result<(), ServerError> {
    let sql = format!("select relation, mode from pg_locks where pid = {pid} and locktype = 'relation'");
    for row in sessions.ask(observer, &sql)? {
        let [oid, Some(mode)] = row.as_slice() else { continue };
        let seen = number::<u64>(Some(oid)).and_then(|oid| before.get(&oid));
        if let (Some(seen), Some(mode)) = (seen, LockMode::from_name(mode)) {
            let held = into.entry(seen.name.clone()).or_insert(mode);
            *held = (*held).max(mode);
        }
    }
    Ok(())
}

/// Which tables have another file than before, and which were read.
fn work(
    before: &Relations,
    tables: &[u64],
    then: &Relations,
    now: &Relations,
    read: &Counters,
    emptied: bool,
    out: &mut Observed,
) {
    for oid in tables {
        let (Some(seen), Some(old)) = (before.get(oid), then.get(oid)) else { continue };
        if let Some(new) = now.get(oid)
            && old.file.is_some()
            && new.file != old.file
            && !emptied
        {
            out.rewrites.insert(seen.name.clone());
        }
        if read.get(oid).is_some_and(|(passes, rows)| *rows > 0 || (*passes > 0 && !emptied)) {
            out.scans.insert(seen.name.clone());
        }
    }
}

fn difference(old: &Counters, new: &Counters) -> Counters {
    let base = |oid: &u64| old.get(oid).copied().unwrap_or((0, 0));
    new.iter().map(|(oid, (p, r))| (*oid, (p.saturating_sub(base(oid).0), r.saturating_sub(base(oid).1)))).collect()
}

fn empties(sql: &str) -> bool {
    sql.to_ascii_lowercase().contains("truncate")
}

/// A statement that only begins or ends a transaction, or sets something.
pub(super) fn plain(sessions: &Sessions, session: &Session, sql: &str) -> Result<Observed, ServerError> {
    sessions.ask(session, sql).map(|_| Observed::default())
}

/// A statement in a transaction, which is committed afterwards unless the migration has opened it.
pub(super) fn inside(
    sessions: &Sessions,
    observer: &Session,
    session: &Session,
    sql: &str,
    before: &Relations,
    open: bool,
) -> Result<Observed, ServerError> {
    let mut out = Observed::default();
    if !open {
        sessions.ask(session, "begin")?;
    }
    let tables = tables(before);
    let then = relations(sessions, session)?;
    let old = counters(sessions, session, &tables, "xact_")?;
    let began = Instant::now();
    sessions.ask(session, sql)?;
    out.seconds = began.elapsed().as_secs_f64();
    locks(sessions, observer, session.pid, before, &mut out.locks)?;
    let read = difference(&old, &counters(sessions, session, &tables, "xact_")?);
    let now = relations(sessions, session)?;
    work(before, &tables, &then, &now, &read, empties(sql), &mut out);
    let visible = relations(sessions, observer)?;
    probe(sessions, before, &visible, &mut out)?;
    if !open {
        sessions.ask(session, "commit")?;
    }
    Ok(out)
}

/// The tables whose names the statement has, with everything above and below them.
fn named(sessions: &Sessions, observer: &Session, sql: &str, now: &Relations) -> Result<Vec<u64>, ServerError> {
    let lower = sql.to_lowercase();
    let mut found: BTreeSet<u64> = BTreeSet::new();
    let mut all_indexes = Vec::new();
    for (oid, seen) in now {
        let bare = seen.name.rsplit('.').next().unwrap_or(&seen.name).to_lowercase();
        if lower.contains(&bare) {
            if seen.is_table() {
                found.insert(*oid);
            } else if matches!(seen.kind, 'i' | 'I') {
                all_indexes.push(*oid);
            }
        }
    }
    if !all_indexes.is_empty() {
        let sql = format!("select indrelid from pg_index where indexrelid in ({})", list(&all_indexes));
        found.extend(sessions.ask(observer, &sql)?.iter().filter_map(|row| number::<u64>(row.first())));
    }
    if found.is_empty() {
        found.extend(tables(now)); // REINDEX DATABASE, VACUUM: all of them
    }
    let start: Vec<u64> = found.iter().copied().collect();
    let family = format!(
        "with recursive family(oid) as (select unnest(array[{}]::oid[]) union \
         select case when i.inhrelid = f.oid then i.inhparent else i.inhrelid end from family f join pg_inherits i on f.oid in (i.inhrelid, i.inhparent)) \
         select f.oid from family f join pg_class c on c.oid = f.oid where c.relkind in ('r', 'p', 'm')",
        list(&start)
    );
    found.extend(sessions.ask(observer, &family)?.iter().filter_map(|row| number::<u64>(row.first())));
    let mut order: Vec<u64> =
        found.into_iter().filter(|oid| now.get(oid).is_some_and(|seen| matches!(seen.kind, 'r' | 'p' | 'm'))).collect();
    // partitioned tables first: a statement goes from them down to their partitions
    order.sort_by_key(|oid| now.get(oid).map(|seen| (seen.kind != 'p', seen.name.clone())));
    order.truncate(HELD_UP);
    Ok(order)
}

/// A statement that refuses a transaction, and so lets go of its locks before anybody could look: others stand in its way, and let it
/// through step by step.
pub(super) fn alone(
    sessions: &Sessions,
    observer: &Session,
    session: &Session,
    sql: &str,
    before: &Relations,
    major: u32,
) -> Result<Observed, ServerError> {
    let mut out = Observed { in_passing: true, ..Observed::default() };
    let then = relations(sessions, observer)?;
    let all = tables(before);
    settle(sessions, major, session, observer)?;
    let old = counters(sessions, observer, &all, "")?;
    // one session holds a lock of every table that such statements conflict with; then one a table holds a snapshot
    let mut gates: Vec<Session> = Vec::new();
    for oid in named(sessions, observer, sql, &then)? {
        let Some(seen) = then.get(&oid) else { continue };
        let gate = sessions.open()?;
        sessions.ask(&gate, "begin isolation level repeatable read")?;
        // a lock, a snapshot and a number, and nothing is read
        let only = if seen.kind == 'm' { "" } else { "only " };
        match sessions.ask(&gate, &format!("select 1 from {only}{} limit 0; select txid_current()", seen.quoted)) {
            Ok(_) => gates.push(gate),
            Err(ServerError::Statement { .. }) => {} // a materialized view without data
            Err(error) => return Err(error),
        }
    }
    let door = sessions.open()?;
    sessions.ask(&door, "begin")?;
    for oid in named(sessions, observer, sql, &then)? {
        if let Some(seen) = then.get(&oid).filter(|seen| seen.kind != 'm') {
            sessions.ask(&door, &format!("lock table only {} in share update exclusive mode", seen.quoted))?;
        }
    }
    let mut door = Some(door);
    gates.reverse();
    let mut since = Instant::now();
    let mut probed = false;
    let began = Instant::now();
    let mut seen = Observed::default();
    let ran = sessions.ask_watched(session, sql, &mut || {
        locks(sessions, observer, session.pid, before, &mut seen.locks)?;
        if since.elapsed() < IN_THE_WAY {
            return Ok(());
        }
        if door.is_none() && !probed {
            // while the next one stands in the way, see whom the statement holds up
            let visible = relations(sessions, observer)?;
            probe(sessions, before, &visible, &mut seen)?;
            probed = true;
            return Ok(());
        }
        if let Some(open) = door.take() {
            sessions.ask(&open, "rollback")?;
        } else if let Some(gate) = gates.pop() {
            sessions.ask(&gate, "rollback")?;
        }
        probed = false;
        since = Instant::now();
        Ok(())
    });
    out.seconds = began.elapsed().as_secs_f64();
    for session in door.iter().chain(&gates) {
        sessions.ask(session, "rollback")?;
    }
    ran?;
    out.locks = seen.locks;
    out.blocks_reads = seen.blocks_reads;
    out.blocks_writes = seen.blocks_writes;
    settle(sessions, major, session, observer)?;
    let read = difference(&old, &counters(sessions, observer, &all, "")?);
    let now = relations(sessions, observer)?;
    work(before, &all, &then, &now, &read, empties(sql), &mut out);
    Ok(out)
}

/// Makes sure that the server's statistics hold what the session has done.
fn settle(sessions: &Sessions, major: u32, session: &Session, observer: &Session) -> Result<(), ServerError> {
    if major >= 15 {
        for each in [session, observer] {
            sessions.ask(each, "select pg_stat_force_next_flush()")?;
            sessions.ask(each, "select 1")?;
        }
    } else {
        // a process of its own gathers them, at most once a second and half a second
        std::thread::sleep(Duration::from_millis(1100));
        sessions.ask(session, "select 1")?;
        std::thread::sleep(Duration::from_millis(600));
    }
    sessions.ask(observer, "select pg_stat_clear_snapshot()").map(|_| ())
}
