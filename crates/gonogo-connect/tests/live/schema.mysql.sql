create table gonogo_scratch (id int);
create table parent (id int primary key, code varchar(20) not null, unique key parent_code (code)) engine=innodb;
insert into parent values (1, 'a'), (2, 'b');
create table item (
  id int not null auto_increment primary key,
  name varchar(50) not null default 'x',
  note text,
  price decimal(10, 2) default null,
  amount int unsigned default 0,
  kind enum('a', 'b') default 'a',
  options set('x', 'y') default null,
  parent_id int default null,
  made datetime default current_timestamp,
  small varchar(60) character set latin1 default null,
  wide varchar(300) default null,
  twice int generated always as (amount * 2) virtual,
  thrice int generated always as (amount * 3) stored,
  body longtext,
  place point not null,
  unique key item_name (name),
  key item_price (price),
  key item_note (note(20)),
  key item_parent (parent_id),
  constraint item_parent_fk foreign key (parent_id) references parent (id),
  constraint item_amount check (amount < 1000000)
) engine=innodb;
insert into item (name, note, price, amount, parent_id, place) values ('one', 'n', 1, 1, 1, point(1, 1)), ('two', 'n', 2, 2, 2, point(1, 2));
create table bare (a int not null, b int, c varchar(20), d varchar(20) not null) engine=innodb;
insert into bare values (1, 1, 'c', 'd'), (2, 2, 'c', 'e');
create table text_table (id int primary key, title varchar(100), body text, fulltext key text_body (body)) engine=innodb;
insert into text_table values (1, 't', 'words here');
create table compact (id int primary key, a int) engine=innodb row_format=compact;
insert into compact values (1, 1);
create table parted (id int not null, at date not null, v int, primary key (id, at)) engine=innodb
  partition by range (year(at)) (partition p0 values less than (2020), partition p1 values less than (2022), partition pmax values less than maxvalue);
insert into parted values (1, '2019-01-01', 1), (2, '2021-01-01', 2), (3, '2030-01-01', 3);
create table hashed (id int primary key, v int) engine=innodb partition by hash (id) partitions 4;
insert into hashed values (1, 1), (2, 2);
create table old_engine (id int primary key, v int) engine=myisam;
insert into old_engine values (1, 1);
create view item_view as select id, name from item;
