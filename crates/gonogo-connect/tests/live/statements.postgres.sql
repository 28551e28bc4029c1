-- One case a line; each is run on the schema as schema.postgres.sql makes it.
alter table customer add column a int
alter table customer add column a int default 7
alter table customer add column a int not null default 7
alter table customer add column a timestamptz default now()
alter table customer add column a timestamptz default clock_timestamp()
alter table customer add column a uuid default gen_random_uuid()
alter table customer add column a int default roll()
alter table customer add column a int default half(8)
alter table customer add column a int generated always as (id * 2) stored
alter table customer add column a bigserial
alter table customer add column a int generated always as identity
alter table customer add column a int unique
alter table customer add column a int check (a > 0)
alter table customer add column a int default 1 check (a > 0)
alter table customer add column a amount
alter table customer add column a amount default 3
alter table customer add column a label default 'x'
alter table customer add column a bigint references orders (id)
alter table customer add column a char(2) default 'AA' references country
alter table customer add column if not exists email text
alter table customer add column a text collate "C"
alter table customer drop column name
alter table customer drop column if exists nothing
alter table customer drop column country
alter table customer drop column id cascade
alter table customer rename column name to full_name
alter table customer rename to client
alter table customer rename constraint customer_born to customer_birth
alter table customer alter column email type varchar(120)
alter table customer alter column email type varchar(40)
alter table customer alter column email type text
alter table customer alter column name type text
alter table customer alter column name type citext
alter table orders alter column status type varchar(20)
alter table orders alter column status type text
alter table customer alter column born type timestamp
alter table customer alter column seen type timestamptz
alter table customer alter column since type timestamp
alter table customer alter column seen type timestamp(3)
alter table customer alter column credit type numeric(12, 2)
alter table customer alter column credit type numeric(12, 3)
alter table customer alter column credit type numeric
alter table customer alter column score type double precision
alter table customer alter column bits type bit varying(32)
alter table customer alter column ip type cidr using ip::cidr
alter table customer alter column ip type text
alter table customer alter column data type jsonb
alter table customer alter column flags type bigint[]
alter table customer alter column tag type text
alter table customer alter column tag type label
alter table customer alter column owed type numeric(12, 2)
alter table customer alter column short type varchar(30)
alter table customer alter column mood type text
alter table customer alter column name type varchar(60) collate "C"
alter table customer alter column country type varchar(2)
alter table customer alter column id type bigint
alter table orders alter column customer_id type bigint
alter table orders alter column quantity type int
alter table orders alter column doubled type bigint
alter table orders alter column id type int
alter table orders alter column paid type int using paid::int
alter table orders alter column remark type varchar(400)
alter table orders alter column remark type varchar
alter table customer alter column name set not null
alter table customer alter column credit set not null
alter table customer alter column email set not null
alter table customer alter column email drop not null
alter table customer alter column credit set default 5
alter table customer alter column credit drop default
alter table customer alter column name set statistics 500
alter table customer alter column name set storage external
alter table customer alter column name set (n_distinct = 5)
alter table customer alter column id drop identity
alter table customer alter column id set generated always
alter table orders alter column doubled drop expression
alter table orders alter column quantity set not null
alter table customer add constraint c check (credit >= 0)
alter table customer add constraint c check (credit >= 0) not valid
alter table customer validate constraint customer_name_given
alter table customer validate constraint customer_email_given
alter table customer add constraint c check (credit >= 0) not valid; alter table customer validate constraint c
begin; alter table customer add constraint c check (credit >= 0) not valid; alter table customer validate constraint c; commit
alter table customer add unique (seen)
alter table customer add constraint c unique using index customer_email
alter table line drop constraint line_pkey
alter table line add constraint c foreign key (product) references customer (id) not valid
alter table line validate constraint line_order
alter table line add constraint c foreign key (number) references orders (id) not valid
alter table orders add constraint c foreign key (customer_id) references customer (id)
alter table orders drop constraint orders_customer
alter table orders drop constraint orders_status
alter table orders drop constraint if exists nothing
alter table orders alter constraint orders_customer deferrable
alter table country drop constraint country_pkey cascade
alter table booking add constraint c exclude using gist (int4range(room, room + 1) with &&)
alter table customer alter column credit set not null, add column b int default 4, drop column tag
alter table orders add column a int, add constraint c check (total > -1) not valid
alter table orders alter column total type numeric(14, 2), alter column remark type text, alter column paid set default false
alter table customer set (fillfactor = 70)
alter table customer set (autovacuum_enabled = false)
alter table customer reset (fillfactor)
alter table cache set logged
alter table country set unlogged
alter table line set unlogged
alter table customer disable trigger user
alter table orders disable trigger orders_note
alter table orders enable always trigger orders_note
alter table customer disable row level security
alter table customer force row level security
alter table customer replica identity full
alter table customer replica identity using index customer_email
alter table customer set schema archive
alter table customer owner to current_user
alter table orders cluster on orders_customer_id
alter table orders set without cluster
alter table line enable rule line_keep
alter table animal add column age int
alter table animal add column age int default 1
alter table only animal add column age int
alter table animal add constraint c check (id > 0)
alter table animal add constraint c check (id > 0) no inherit
alter table animal alter column weight type bigint
alter table animal alter column name set not null
alter table animal drop column name
alter table dog no inherit animal
alter table animal drop constraint animal_weight
alter table animal rename column name to title
alter table event add column extra int
alter table event add column extra int default 3
alter table event add column extra timestamptz default clock_timestamp()
alter table event alter column kind type varchar(30)
alter table event alter column id type numeric
alter table event alter column kind set not null
alter table event add constraint c check (id > 0)
alter table event add constraint c check (id > 0) not valid
alter table event add primary key (id, at)
alter table event add constraint c foreign key (customer_id) references customer
alter table event drop column payload
alter table event detach partition event_2023
alter table event detach partition event_2023 concurrently
alter table event attach partition event_2026 for values from ('2026-01-01') to ('2027-01-01')
alter table event attach partition event_2027 for values from ('2027-01-01') to ('2028-01-01')
alter table event detach partition event_rest; alter table event attach partition event_2026 for values from ('2026-01-01') to ('2027-01-01')
alter table event_2024 add constraint c check (id > 0)
alter table event_2024 alter column kind set not null
alter table parcel add column a int not null default 0
alter table parcel alter column weight set not null
alter table parcel add unique (id)
alter table parcel drop constraint parcel_pkey
create table event_2028 partition of event for values from ('2028-01-01') to ('2029-01-01')
create table copy_of (like customer including all)
create table copied as select * from orders
create table child (x int) inherits (animal)
create table linked (id int primary key, customer_id int references customer)
create temp table brief as select * from customer
create index on customer (seen)
create unique index on orders (reference)
create index on orders (placed) where paid
create index on customer (upper(name))
create index on customer using hash (email)
create index on customer (email) include (name)
create index on event (kind)
create index on only event (kind)
create index if not exists customer_name on customer (name)
create index concurrently on customer (seen)
create unique index concurrently customer_short on customer (email, name)
create index on order_sums (total)
drop index customer_name
drop index concurrently customer_name
drop index event_id
drop index if exists nothing
reindex index customer_name
reindex table customer
reindex table concurrently country
reindex index concurrently customer_name
reindex table event
alter index customer_name rename to customer_names
alter index customer_name set (fillfactor = 60)
alter index customer_lower alter column 1 set statistics 300
cluster orders
cluster orders using orders_customer_id
vacuum full line
vacuum customer
analyze customer
vacuum full analyze country
truncate orders
truncate orders cascade
truncate customer cascade
truncate event
drop table line
drop table orders cascade
drop table customer cascade
drop table event_2023
drop table event
drop table dog
drop table animal cascade
drop table if exists nothing
drop view customer_view
create view v as select orders.total, customer.name from orders join customer on customer.id = orders.customer_id
create or replace view customer_view as select id, email, name, born from customer
alter view customer_view rename to v
alter view customer_view alter column name set default 'x'
create materialized view m as select count(*) from line
create materialized view m as select * from customer with no data
refresh materialized view order_sums
refresh materialized view concurrently order_sums
refresh materialized view order_sums with no data
drop materialized view order_sums
alter materialized view order_sums rename to s
alter materialized view order_sums set (fillfactor = 80)
create trigger t before insert on customer for each row execute function note()
create trigger t after insert on event for each row execute function note()
create constraint trigger t after insert on orders from customer deferrable for each row execute function note()
drop trigger orders_note on orders
alter trigger orders_note on orders rename to orders_notes
create rule r as on insert to country do also select 1
drop rule line_keep on line
create policy p on orders using (true)
alter policy customer_own on customer using (id > 1)
drop policy customer_own on customer
create statistics s on name, born from customer
drop statistics customer_both
alter statistics customer_both set statistics 200
create publication p for table orders
alter publication news add table orders
alter publication news drop table country
alter publication news set table orders
drop publication news
create type color as enum ('red')
alter type mood add value 'wild'
alter type mood rename value 'calm' to 'quiet'
alter type place add attribute zip text cascade
alter type place rename to location
alter domain amount add constraint c check (value < 100000)
alter domain amount add constraint c check (value < 100000) not valid
alter domain amount drop constraint amount_sane
alter domain label add constraint c check (length(value) < 100)
alter domain label set not null
alter domain code set default 'z'
drop domain label cascade
create sequence more owned by customer.id
alter sequence ticket increment by 5
alter sequence orders_id_seq restart with 100000
drop sequence ticket
alter sequence orders_id_seq as int
comment on table customer is 'people'
comment on column customer.name is 'first and last'
grant select on customer to public
revoke all on orders from public
lock table country in exclusive mode
update customer set credit = 1 where id = 5
insert into country values ('1a', 'x', 1)
delete from cache where key = '5'
update orders set remark = 'x'
select count(*) from orders
do $$ begin alter table orders add column a int; end $$
do $$ begin if not exists (select 1 from pg_class where relname = 'nope') then create index on orders (total); end if; end $$
begin; alter table customer add column a int; create index on customer (a); commit
begin; lock table country in access exclusive mode; create index on orders (total); commit
begin; alter table country add column a int; rollback
alter table orders alter column customer_id drop not null; alter table orders drop constraint orders_customer; drop table customer cascade
set timezone = 'Europe/Paris'; alter table customer alter column seen type timestamptz
set local lock_timeout = '1s'; alter table customer add column a int
create extension if not exists plpgsql
create schema fresh; create table fresh.t (id int); alter table fresh.t add primary key (id)
alter table archive.old_order rename to older
alter table archive.old_order add column x int default 2, alter column what set not null
drop schema archive cascade
create function f() returns int language sql as 'select 1'
drop function half(int)
alter function half(int) rename to halves
create cast (place as text) with inout
alter table customer alter column id restart with 9000
