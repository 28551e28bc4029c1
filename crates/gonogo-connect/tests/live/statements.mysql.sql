-- One case a line; each is run on the schema as schema.mysql.sql makes it.
alter table item add column z int
alter table item add column z int not null default 5
alter table item add column z int first
alter table item add column z int after name
alter table item add column z varchar(20) not null
alter table item add column z text
alter table item add column z int generated always as (amount + 1) virtual
alter table item add column z int generated always as (amount + 1) stored
alter table item add column z int unique
alter table item add column z int check (z > 0)
alter table item add column z timestamp default current_timestamp
alter table item add column y int, add column z int
alter table item add column z int, add index (z)
alter table item drop column note
alter table item drop column price
alter table item drop column wide
alter table item drop column twice
alter table item drop column thrice
alter table item rename column wide to wider
alter table item change wide wider varchar(300)
alter table item change price cost decimal(10, 2) default null
alter table item modify name varchar(60) not null default 'x'
alter table item modify name varchar(40) not null default 'x'
alter table item modify wide varchar(400)
alter table item modify wide varchar(200)
alter table item modify small varchar(100) character set latin1
alter table item modify small varchar(60) character set utf8mb4
alter table item modify amount bigint unsigned default 0
alter table item modify amount int default 0
alter table item modify price decimal(12, 2)
alter table item modify price decimal(10, 2) not null
alter table item modify price decimal(10, 2) default 3
alter table item modify parent_id int not null
alter table item modify made timestamp
alter table item modify kind enum('a', 'b', 'c') default 'a'
alter table item modify kind enum('b', 'a') default 'a'
alter table item modify kind enum('a') default 'a'
alter table item modify options set('x', 'y', 'z')
alter table item modify note mediumtext
alter table item modify note varchar(100)
alter table item modify note text comment 'said'
alter table item modify body longtext first
alter table item modify name varchar(50) null default 'x'
alter table item modify name varchar(50) character set utf8mb4 collate utf8mb4_bin not null default 'x'
alter table item modify twice int generated always as (amount * 5) virtual
alter table item modify thrice int generated always as (amount * 5) stored
alter table item modify twice int generated always as (amount * 2) virtual comment 'x'
alter table item modify id bigint not null auto_increment
alter table item modify id int not null
alter table item alter column price set default 7
alter table item alter column price drop default
alter table item add index z (amount)
alter table item add index z (amount, price)
alter table item add unique index z (made, id)
alter table item add fulltext index z (body)
alter table item add spatial index z (place)
alter table item drop index item_price
alter table item drop index item_name
alter table item drop index item_price, add index item_price (price, amount)
alter table item rename index item_price to item_cost
alter table item drop primary key, add primary key (id, name)
alter table item drop foreign key item_parent_fk
alter table item add constraint z foreign key (amount) references parent (id)
alter table item add constraint z check (price < 100)
alter table item drop constraint item_amount
alter table item drop foreign key item_parent_fk, drop index item_parent
alter table item comment 'things'
alter table item auto_increment = 1000
alter table item engine = innodb
alter table item force
alter table item row_format = dynamic
alter table item row_format = compressed
alter table item key_block_size = 8
alter table item convert to character set latin1
alter table item convert to character set utf8mb4
alter table item default character set latin1
alter table item stats_persistent = 1
alter table item rename to things
alter table item order by name
alter table item disable keys
alter table item max_rows = 1000
alter table item add column z int, algorithm = copy
alter table item add column z int, lock = shared
alter table item add index z (amount), algorithm = inplace, lock = none
alter table bare add primary key (a)
alter table bare add primary key (a, d)
alter table bare add column id int auto_increment primary key
alter table bare add unique (a)
alter table bare add unique (d)
alter table bare modify b int not null
alter table bare modify b bigint
alter table bare modify b int first
alter table bare add index (c(5))
alter table bare add fulltext (c)
alter table bare engine = myisam
alter table bare partition by hash (a) partitions 3
alter table bare drop column b
alter table bare drop column b, drop column c
alter table bare add column e int, drop column b
alter table bare add column x int default 1, add column y int default 2, add column z int default 3
alter table bare rename column a to aa, rename column b to bb
alter table bare alter b set default 1, alter c set default 'c'
alter table bare modify c varchar(30), add index (c)
alter table bare change c c2 varchar(255)
alter table bare change c c2 varchar(20)
alter table bare modify c char(20)
alter table bare modify d varchar(256) not null
alter table text_table add column z int
alter table text_table drop index text_body
alter table text_table add fulltext index t2 (title)
alter table text_table drop column body
alter table text_table modify title varchar(110)
alter table text_table engine = innodb
alter table text_table add index (title)
alter table compact add column z int
alter table compact add column z int first
alter table compact drop column a
alter table compact row_format = compact
alter table compact modify a bigint
alter table parted add partition (partition p9 values less than (2040))
alter table parted drop partition p0
alter table parted truncate partition p0
alter table parted reorganize partition pmax into (partition p2 values less than (2024), partition pmax values less than maxvalue)
alter table parted add column z int
alter table parted add index (v)
alter table parted modify v bigint
alter table parted remove partitioning
alter table parted rebuild partition p1
alter table parted partition by range (year(at)) (partition p0 values less than (2025), partition pmax values less than maxvalue)
alter table parted drop column v
alter table parted drop primary key, add primary key (at, id)
alter table hashed add partition partitions 2
alter table hashed coalesce partition 2
alter table hashed add column z int
alter table hashed modify v int not null
alter table hashed remove partitioning
alter table old_engine add column z int
alter table old_engine add index (v)
alter table old_engine engine = innodb
alter table old_engine rename column v to w
alter table old_engine comment 'x'
alter table parent modify code varchar(25) not null
alter table parent modify id bigint not null
alter table parent drop index parent_code
alter table parent add column z int
alter table parent rename to ancestor
alter table parent change id key_id int
create index z on item (amount)
create unique index z on bare (a)
drop index item_price on item
create table fresh (id int primary key); alter table fresh add column z int
set foreign_key_checks = 0; alter table item add constraint z foreign key (id) references parent (id)
truncate table bare
drop table bare
rename table bare to bared
optimize table compact
analyze table compact
create or replace view item_view as select id from item
update bare set b = 3
