-- What one shift tells the next: written once, and taken over once.

create table handover (
  client_id uuid not null,
  id uuid not null,
  -- Null for whoever comes next.
  team_id uuid,
  -- As it was called then, as are the names below: whoever works on a client need not be able to read its directory.
  team_name text,
  note text not null check (length(note) between 1 and 4000),
  written_by uuid not null,
  written_by_name text not null,
  written_at timestamptz not null,
  -- Until when it is of use to whoever comes.
  until timestamptz not null check (until > written_at),
  -- Who got the writer's claims, and how many there were.
  claims_to uuid,
  claims_to_name text,
  claims int not null check (claims >= 0),
  primary key (client_id, id),
  foreign key (client_id) references client (id)
);
create index handover_written_idx on handover (client_id, written_at desc, id desc);

create table handover_subject (
  client_id uuid not null,
  handover_id uuid not null,
  place int not null check (place >= 0),
  customer_id uuid,
  work_item_id uuid,
  primary key (client_id, handover_id, place),
  foreign key (client_id, handover_id) references handover (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, work_item_id) references work_item (client_id, id),
  check (num_nonnulls(customer_id, work_item_id) = 1)
);
create index handover_subject_customer_idx on handover_subject (client_id, customer_id) where customer_id is not null;
create index handover_subject_work_idx on handover_subject (client_id, work_item_id) where work_item_id is not null;

create table handover_takeover (
  client_id uuid not null,
  handover_id uuid not null,
  taken_by uuid not null,
  taken_by_name text not null,
  taken_at timestamptz not null,
  primary key (client_id, handover_id),
  foreign key (client_id, handover_id) references handover (client_id, id)
);

call fence.client_table('handover', 'work');
call fence.client_table('handover_subject', 'work');
call fence.client_table('handover_takeover', 'work');
grant select, insert on handover, handover_subject, handover_takeover to quittance_app;
