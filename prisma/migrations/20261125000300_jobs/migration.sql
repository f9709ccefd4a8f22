-- Work for a later instant, written in the transaction of the command that asks for it. A job that is done is gone.

create table job (
  client_id uuid not null references client (id),
  id uuid not null,
  name text not null check (name ~ '^[a-zA-Z]+\.[a-zA-Z]+$'),
  -- What the job is about, in the words of its kind; its own id where nobody gave a key.
  key text not null check (length(key) between 1 and 255),
  -- Ids and days, to find the rows by: never what is in them.
  payload jsonb not null check (jsonb_typeof(payload) = 'object' and length(payload::text) <= 2000),
  state text not null check (state in ('QUEUED', 'FAILED')),
  -- When it is due. A worker that takes it moves this on, so that the job comes back if the worker does not.
  run_at timestamptz not null,
  attempts int not null default 0 check (attempts between 0 and attempts_max),
  attempts_max int not null check (attempts_max between 1 and 100),
  -- Why the last attempt came to nothing.
  reason text check (length(reason) between 1 and 500),
  principal_id uuid not null,
  enqueued_at timestamptz not null,
  primary key (client_id, id),
  check (state = 'QUEUED' or reason is not null)
);
create unique index job_key on job (client_id, name, key);
-- What is due, of all clients: the workers' alone.
create index job_due_idx on job (run_at) where state = 'QUEUED';

-- Nobody reads jobs but a running command and the attempt at a job.
call fence.client_table('job', 'command');
grant select, insert, update, delete on job to quittance_app;

-- Who looks for due jobs sees whose there are, and not what is in them.
grant select (client_id, id, name, state, run_at) on job to quittance_relay;
create policy looks on job for select to quittance_relay using (true);
