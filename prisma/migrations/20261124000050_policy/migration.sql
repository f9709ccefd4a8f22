-- A client's rules as data: every version that was published, and from when it holds.

create table policy_version (
  client_id uuid not null references client (id),
  id uuid not null,
  kind text not null check (kind in ('WRITE_OFF', 'MATCHING')),
  version int not null check (version > 0),
  rules jsonb not null check (jsonb_typeof(rules) = 'object'),
  reason text not null check (length(reason) between 1 and 500),
  effective_from timestamptz not null,
  principal_id uuid not null,
  published_at timestamptz not null,
  primary key (client_id, id)
);
create unique index policy_version_key on policy_version (client_id, kind, version);
call fence.client_table('policy_version', 'client');
grant select, insert on policy_version to quittance_app;
