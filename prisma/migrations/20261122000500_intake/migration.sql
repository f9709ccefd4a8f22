-- Loads of ledgers: what came, from which file, and every row that was not taken, with the reason.

create table import_batch (
  client_id uuid not null references client (id),
  id uuid not null,
  profile text not null check (length(profile) between 1 and 60),
  profile_version int not null,
  source_name text not null check (length(source_name) between 1 and 255),
  -- SHA-256 of the content.
  content_hash bytea not null check (length(content_hash) = 32),
  state text not null check (state in ('RUNNING', 'APPLIED', 'REFUSED', 'DRY_RUN', 'FAILED')),
  allow_partial boolean not null,
  rows_read int not null default 0,
  rows_total int,
  report jsonb,
  data_as_of timestamptz not null,
  principal_id uuid not null,
  started_at timestamptz not null,
  finished_at timestamptz,
  primary key (client_id, id),
  check ((state = 'RUNNING') = (finished_at is null))
);
create index import_batch_started_idx on import_batch (client_id, started_at, id);
create index import_batch_applied_idx on import_batch (client_id, data_as_of) where state = 'APPLIED';
call fence.client_table('import_batch', 'intake');

create table import_reject (
  client_id uuid not null,
  id uuid not null,
  batch_id uuid not null,
  -- The line of the file, the header being row 1; for a batch of rows, the row's place from 1.
  row_number int not null check (row_number > 0),
  outcome text not null check (outcome in ('REJECTED', 'SKIPPED')),
  column_name text,
  code text not null check (length(code) between 1 and 60),
  message text not null check (length(message) <= 1000),
  raw text not null,
  primary key (client_id, id),
  foreign key (client_id, batch_id) references import_batch (client_id, id)
);
create index import_reject_row_idx on import_reject (client_id, batch_id, row_number, id);
call fence.client_table('import_reject', 'intake');

grant select, insert, update on import_batch to quittance_app;
grant select, insert on import_reject to quittance_app;
