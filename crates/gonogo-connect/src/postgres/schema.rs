//! The schema of a live PostgreSQL as SQL, written by its own catalog functions.
//!
//! Each query answers statements; their order is that of `pg_dump`: types, tables, partitions joined to their tables, keys, views,
//! indexes joined to those of the partitioned tables, foreign keys, and what hangs on tables.

/// Schemas that are not the user's. The catalog must stay out of the search path, so that every name is shown with its schema.
const OWN: &str = "n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// One part of the schema.
pub(super) struct Part {
    /// Answers one statement a row.
    pub(super) query: String,
    /// The first major version whose catalog knows it.
    pub(super) since: u32,
}

/// The queries, in the order in which their statements can be replayed.
pub(super) fn parts(major: u32) -> Vec<Part> {
    // objects that an extension made are not the user's
    let owned = |class: &str, oid: &str| {
        format!(
            "not exists (select from pg_depend e where e.classid = '{class}'::regclass and e.objid = {oid} and e.deptype = 'e')"
        )
    };
    let table = "format('%I.%I', n.nspname, c.relname)";
    let not_extension = owned("pg_class", "c.oid");
    // from PostgreSQL 18 on a NOT NULL may be one that was never verified
    let not_null = if major >= 18 {
        "a.attnotnull and not exists (select from pg_constraint k where k.conrelid = a.attrelid and k.contype = 'n' \
         and not k.convalidated and k.conkey = array[a.attnum])"
    } else {
        "a.attnotnull"
    };
    let columns = format!(
        "(select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod))
            || case when a.attcollation <> 0 and a.attcollation <> t.typcollation
                 then (select format(' collate %I.%I', cn.nspname, co.collname) from pg_collation co join pg_namespace cn on cn.oid = co.collnamespace where co.oid = a.attcollation) else '' end
            || case when a.attgenerated <> '' then format(' generated always as (%s) %s', pg_get_expr(d.adbin, d.adrelid), case a.attgenerated when 's' then 'stored' else 'virtual' end)
                 when a.attidentity <> '' then format(' generated %s as identity%s', case a.attidentity when 'a' then 'always' else 'by default' end,
                   (select format(' (sequence name %I.%I)', sn.nspname, s.relname) from pg_depend o join pg_class s on s.oid = o.objid and s.relkind = 'S' join pg_namespace sn on sn.oid = s.relnamespace
                    where o.classid = 'pg_class'::regclass and o.refobjid = a.attrelid and o.refobjsubid = a.attnum and o.deptype = 'i' limit 1))
                 when d.adbin is not null then ' default ' || pg_get_expr(d.adbin, d.adrelid) else '' end
            || case when {not_null} then ' not null' else '' end, ', ' order by a.attnum)
          from pg_attribute a join pg_type t on t.oid = a.atttypid left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
          where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped)"
    );
    let checks = "(select string_agg(format(', constraint %I %s', k.conname, pg_get_constraintdef(k.oid)), '' order by k.conname)
          from pg_constraint k where k.conrelid = c.oid and k.contype = 'c' and k.convalidated)";
    let part = |query: String| Part { query, since: 0 };
    vec![
        part(format!("select format('create schema %I', n.nspname) from pg_namespace n where {OWN} and n.nspname <> 'public' order by n.oid")),
        part("select format('create extension if not exists %I', extname) from pg_extension where extname <> 'plpgsql' order by oid".to_owned()),
        part(format!(
            "select case t.typtype
               when 'e' then format('create type %I.%I as enum (%s)', n.nspname, t.typname,
                 (select string_agg(quote_literal(e.enumlabel), ', ' order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid))
               when 'c' then format('create type %I.%I as (%s)', n.nspname, t.typname,
                 (select string_agg(format('%I %s', a.attname, format_type(a.atttypid, a.atttypmod)), ', ' order by a.attnum)
                  from pg_attribute a where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped))
               when 'r' then format('create type %I.%I as range (subtype = %s)', n.nspname, t.typname,
                 (select format_type(r.rngsubtype, null) from pg_range r where r.rngtypid = t.oid))
               else format('create domain %I.%I as %s%s%s', n.nspname, t.typname, format_type(t.typbasetype, t.typtypmod),
                 coalesce(' default ' || t.typdefault, ''), case when t.typnotnull then ' not null' else '' end) end
             from pg_type t join pg_namespace n on n.oid = t.typnamespace left join pg_class c on c.oid = t.typrelid
             where {OWN} and (t.typtype in ('e', 'r', 'd') or t.typtype = 'c' and c.relkind = 'c') and {} order by t.oid",
            owned("pg_type", "t.oid")
        )),
        part(format!(
            "select format('alter domain %I.%I add constraint %I %s', n.nspname, t.typname, k.conname, pg_get_constraintdef(k.oid))
             from pg_constraint k join pg_type t on t.oid = k.contypid join pg_namespace n on n.oid = t.typnamespace
             where {OWN} and k.contype = 'c' and {} order by k.oid",
            owned("pg_type", "t.oid")
        )),
        part(format!(
            "select 'create sequence ' || {table} from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind = 'S' and {OWN} and {not_extension}
               and not exists (select from pg_depend i where i.classid = 'pg_class'::regclass and i.objid = c.oid and i.deptype = 'i') order by c.oid"
        )),
        part(format!(
            "select pg_get_functiondef(p.oid) from pg_proc p join pg_namespace n on n.oid = p.pronamespace
             where {OWN} and p.prokind in ('f', 'p') and {} order by p.oid",
            owned("pg_proc", "p.oid")
        )),
        // foreign data wrappers, servers and mappings hold no table: a foreign table names its server, and that is enough
        part(format!(
            "select 'create ' || case when c.relkind = 'f' then 'foreign ' when c.relpersistence = 'u' then 'unlogged ' else '' end || 'table ' || {table}
               || ' (' || coalesce({columns}, '') || coalesce(case when {columns} is null then substr({checks}, 3) else {checks} end, '') || ')'
               || case when c.relkind = 'p' then ' partition by ' || pg_get_partkeydef(c.oid)
                       when c.relkind = 'f' then (select format(' server %I', s.srvname) from pg_foreign_table f join pg_foreign_server s on s.oid = f.ftserver where f.ftrelid = c.oid)
                       else '' end
               || coalesce((select format(' using %I', m.amname) from pg_am m where m.oid = c.relam and m.amname <> 'heap'), '')
               || coalesce((select format(' tablespace %I', s.spcname) from pg_tablespace s where s.oid = c.reltablespace), '')
             from pg_class c join pg_namespace n on n.oid = c.relnamespace
             where c.relkind in ('r', 'p', 'f') and c.relpersistence <> 't' and {OWN} and {not_extension} order by c.oid"
        )),
        part(format!(
            "select format('alter table only %I.%I ', pn.nspname, p.relname) ||
               case when c.relispartition then format('attach partition %s %s', {table}, pg_get_expr(c.relpartbound, c.oid)) else '' end
             from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
               join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
             where c.relkind in ('r', 'p', 'f') and c.relispartition and {OWN} order by p.oid, i.inhseqno"
        )),
        part(format!(
            "select format('alter table only %s inherit %I.%I', {table}, pn.nspname, p.relname)
             from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
               join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
             where c.relkind in ('r', 'f') and not c.relispartition and {OWN} order by i.inhrelid, i.inhseqno"
        )),
        part(format!(
            "select format('alter table only %s add constraint %I %s', {table}, k.conname, pg_get_constraintdef(k.oid))
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype in ('p', 'u', 'x') and {OWN} and {not_extension} order by k.oid"
        )),
        part(format!(
            "select format('alter table only %s add constraint %I %s', {table}, k.conname, pg_get_constraintdef(k.oid))
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype in ('c', 'n') and not k.convalidated and {OWN} and {not_extension} order by k.oid"
        )),
        part(format!(
            "select format('create %s %s as %s', case c.relkind when 'v' then 'view' else 'materialized view' end, {table}, rtrim(pg_get_viewdef(c.oid), ';'))
             from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind in ('v', 'm') and {OWN} and {not_extension} order by c.oid"
        )),
        part(format!(
            "select pg_get_indexdef(i.indexrelid) from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             where {OWN} and {not_extension} and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x')) order by i.indexrelid"
        )),
        part(format!(
            "select format('alter index %I.%I attach partition %s', pn.nspname, p.relname, {table})
             from pg_inherits i join pg_class c on c.oid = i.inhrelid join pg_namespace n on n.oid = c.relnamespace
               join pg_class p on p.oid = i.inhparent join pg_namespace pn on pn.oid = p.relnamespace
             where c.relkind in ('i', 'I') and {OWN} order by i.inhrelid"
        )),
        part(format!(
            "select format('alter table %I.%I cluster on %I', n.nspname, t.relname, c.relname)
             from pg_index i join pg_class c on c.oid = i.indexrelid join pg_class t on t.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
             where i.indisclustered and {OWN} order by i.indexrelid"
        )),
        part(format!(
            "select format('alter index %s set tablespace %I', {table}, s.spcname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
               join pg_tablespace s on s.oid = c.reltablespace where c.relkind = 'i' and {OWN} order by c.oid"
        )),
        // those of partitions follow from those of their tables
        part(format!(
            "select format('alter table %s%s add constraint %I %s', case c.relkind when 'p' then '' else 'only ' end, {table}, k.conname, pg_get_constraintdef(k.oid))
             from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_namespace n on n.oid = c.relnamespace
             where k.contype = 'f' and k.conparentid = 0 and {OWN} and {not_extension} order by k.oid"
        )),
        part(format!(
            "select format('alter sequence %s owned by %I.%I.%I', {table}, tn.nspname, t.relname, a.attname)
             from pg_depend d join pg_class c on c.oid = d.objid and c.relkind = 'S' join pg_namespace n on n.oid = c.relnamespace
               join pg_class t on t.oid = d.refobjid join pg_namespace tn on tn.oid = t.relnamespace
               join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
             where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.deptype = 'a' and {OWN} order by c.oid"
        )),
        part(format!(
            "select pg_get_triggerdef(t.oid) from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
             where not t.tgisinternal and {} and {OWN} and {not_extension} order by t.oid",
            if major >= 13 { "t.tgparentid = 0" } else { "not c.relispartition" }
        )),
        part(format!(
            "select rtrim(pg_get_ruledef(r.oid), ';') from pg_rewrite r join pg_class c on c.oid = r.ev_class join pg_namespace n on n.oid = c.relnamespace
             where r.rulename <> '_RETURN' and {OWN} and {not_extension} order by r.oid"
        )),
        part(format!(
            "select format('create policy %I on %s%s%s', p.polname, {table}, coalesce(format(' using (%s)', pg_get_expr(p.polqual, p.polrelid)), ''),
               coalesce(format(' with check (%s)', pg_get_expr(p.polwithcheck, p.polrelid)), ''))
             from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace where {OWN} order by p.oid"
        )),
        part(format!(
            "select pg_get_statisticsobjdef(s.oid) from pg_statistic_ext s join pg_namespace n on n.oid = s.stxnamespace where {OWN} order by s.oid"
        )),
        part("select format('create publication %I%s', p.pubname, case when p.puballtables then ' for all tables'
                else coalesce((select ' for table ' || string_agg(format('%I.%I', t.schemaname, t.tablename), ', ') from pg_publication_tables t where t.pubname = p.pubname), '') end)
              from pg_publication p order by p.oid".to_owned()),
        part("select format('create event trigger %I on %s execute function %s()', e.evtname, e.evtevent, e.evtfoid::regproc) from pg_event_trigger e order by e.oid".to_owned()),
    ]
}

/// The sizes of tables: schema, name, rows, bytes, bytes aside. A table that was never analyzed and holds something is left out, since nobody
/// knows its rows.
pub(super) const TABLES: &str = "
select n.nspname, c.relname,
  case when pg_relation_size(c.oid) = 0 then 0
       when c.reltuples >= 0 and c.relpages > 0 then round(c.reltuples::numeric * pg_relation_size(c.oid) / (c.relpages::numeric * current_setting('block_size')::int))
       else nullif(pg_stat_get_live_tuples(c.oid), 0) end,
  pg_relation_size(c.oid), coalesce(pg_total_relation_size(nullif(c.reltoastrelid, 0)), 0)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";

/// The sizes of indexes: schema and name of the table, name of the index, bytes.
pub(super) const INDEXES: &str = "
select n.nspname, t.relname, c.relname, pg_relation_size(c.oid)
from pg_index i join pg_class c on c.oid = i.indexrelid and c.relkind = 'i' join pg_class t on t.oid = i.indrelid
  join pg_namespace n on n.oid = t.relnamespace
where t.relpersistence <> 't' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema'";
