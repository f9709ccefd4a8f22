-- What every command leaves behind: its audit entry, the answer kept for its idempotency key, and its events.

create table audit_entry (
  client_id uuid not null references client (id),
  id uuid not null,
  at timestamptz not null,
  principal_id uuid not null,
  command text not null check (command ~ '^[a-zA-Z]+\.[a-zA-Z]+$'),
  reason text,
  input jsonb not null,
  outcome jsonb not null,
  primary key (client_id, id)
);
create index audit_entry_at_idx on audit_entry (client_id, at, id);
call fence.client_table('audit_entry', 'audit');

create table provider_audit_entry (
  provider_id uuid not null references provider (id),
  id uuid not null,
  at timestamptz not null,
  principal_id uuid not null,
  command text not null check (command ~ '^[a-zA-Z]+\.[a-zA-Z]+$'),
  reason text,
  input jsonb not null,
  outcome jsonb not null,
  primary key (provider_id, id)
);
call fence.provider_table('provider_audit_entry');

create table idempotency (
  client_id uuid not null references client (id),
  command text not null,
  key text not null check (length(key) between 1 and 255),
  fingerprint bytea not null check (length(fingerprint) = 32),
  -- Null only inside the transaction that runs the command.
  outcome jsonb,
  principal_id uuid not null,
  at timestamptz not null,
  primary key (client_id, command, key)
);
-- No role reads this area: only a running command does.
call fence.client_table('idempotency', 'command');

-- The outbox. `seq` is the event's place in its client's gap-free line; the relay gives it after the commit.
create table event (
  client_id uuid not null references client (id),
  id bigint generated always as identity,
  seq bigint check (seq > 0),
  area text not null check (area in ('client', 'customer', 'receivable', 'cash', 'work', 'intake', 'directory', 'sla')),
  name text not null check (name ~ '^[a-zA-Z]+\.[a-zA-Z]+$'),
  payload jsonb not null,
  at timestamptz not null,
  primary key (client_id, id)
);
create unique index event_seq_key on event (client_id, seq) where seq is not null;
-- What is not numbered yet: the relay's queue. It is the relay's alone, and short.
create index event_unnumbered_idx on event (id) where seq is null;

create table event_line (
  client_id uuid primary key references client (id),
  last_seq bigint not null check (last_seq >= 0)
);

alter table event enable row level security;
alter table event force row level security;
create policy reads on event for select to quittance_app using (
  client_id = any ((select current_setting('fence.reads_client')::uuid[])::uuid[])
  and client_id = any (current_setting('fence.reads_' || area)::uuid[])
);
create policy inserts on event for insert to quittance_app with check (
  client_id = nullif(current_setting('fence.writes'), '')::uuid and seq is null
);
comment on table event is 'fence:client:by area';
call fence.client_table('event_line', 'client');

-- The relay numbers events of every client and can do nothing else with them.
grant select, update (seq) on event to quittance_relay;
grant select, insert, update on event_line to quittance_relay;
create policy relays on event for select to quittance_relay using (true);
create policy numbers on event for update to quittance_relay using (seq is null) with check (seq is not null);
create policy relays on event_line for all to quittance_relay using (true) with check (true);

grant select, insert on audit_entry, provider_audit_entry, event to quittance_app;
grant select on event_line to quittance_app;
grant select, insert, update on idempotency to quittance_app;
