-- What somebody asks of somebody else about a customer, an open item or a receipt: an escalation up a path, a question to
-- a department, work handed to another team. The row holds the one owner that is accountable now; how it came there is in
-- work_request_change, which is never changed.

alter table policy_version drop constraint policy_version_kind_check;
alter table policy_version
  add constraint policy_version_kind_check
    check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE', 'ESCALATION'));

create table work_request (
  client_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('ESCALATION', 'INTERNAL_REQUEST', 'HANDOFF')),
  state text not null check (state in ('RAISED', 'ACKNOWLEDGED', 'ANSWERED', 'RETURNED', 'RESOLVED', 'WITHDRAWN')),
  -- The subject: the open item where there is one, else the receipt or the customer. The customer of an item is kept with it.
  customer_id uuid,
  open_item_id uuid,
  receipt_id uuid,
  title text not null check (length(title) between 1 and 200),
  body text not null check (length(body) <= 4000),
  -- Who answers for it now: a person or a team of the provider, with the name as it was when they got it.
  owner_kind text not null check (owner_kind in ('PERSON', 'TEAM')),
  owner_id uuid not null,
  owner_name text not null,
  -- The team that a hand-off went to, or that owns the request; it stays when a person of it takes the request over.
  team_id uuid,
  team_name text check ((team_name is null) = (team_id is null)),
  -- Of an internal request to somebody without rights here: which department is asked, at whose side.
  department text check (length(department) between 1 and 200),
  side text check (side in ('PROVIDER', 'CLIENT') and (side is null) = (department is null)),
  -- Of an escalation: its path, how far up it is, and the rules that say so.
  path_code text check ((path_code is null) = (kind <> 'ESCALATION')),
  level int check (level >= 1 and (level is null) = (kind <> 'ESCALATION')),
  policy_version int not null check (policy_version >= 0),
  -- The clock: from when it runs, until when somebody has to say that they are at it, and until when it has to be answered.
  started_at timestamptz not null,
  acknowledge_by timestamptz not null,
  answer_by timestamptz not null,
  acknowledged_at timestamptz,
  answered_at timestamptz,
  -- The deadline that is next, null when none is left to keep.
  due_at timestamptz,
  -- The top of the path was not acknowledged either.
  exhausted_at timestamptz check (exhausted_at is null or kind = 'ESCALATION'),
  climbs int not null default 0 check (climbs >= 0),
  reopened int not null default 0 check (reopened >= 0),
  answer text check (length(answer) between 1 and 4000),
  raised_by_id uuid not null,
  raised_by_name text not null,
  raised_at timestamptz not null,
  ended_at timestamptz check ((ended_at is null) = (state not in ('RESOLVED', 'WITHDRAWN'))),
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  check (num_nonnulls(customer_id, receipt_id) = 1),
  check (open_item_id is null or customer_id is not null),
  check ((due_at is null) = (state not in ('RAISED', 'ACKNOWLEDGED')))
);
create index work_request_customer_idx on work_request (client_id, customer_id, id) where customer_id is not null;
create index work_request_receipt_idx on work_request (client_id, receipt_id, id) where receipt_id is not null;
create index work_request_owner_idx on work_request (client_id, owner_id, id);
create index work_request_due_idx on work_request (client_id, due_at) where due_at is not null;
create index work_request_live_idx on work_request (client_id, id) where ended_at is null;
call fence.client_table('work_request', 'work');
grant select, insert, update on work_request to quittance_app;

-- The open items that a request is about or names besides.
create table work_request_item (
  client_id uuid not null,
  id uuid not null,
  request_id uuid not null,
  open_item_id uuid not null,
  primary key (client_id, id),
  foreign key (client_id, request_id) references work_request (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id)
);
create unique index work_request_item_key on work_request_item (client_id, request_id, open_item_id);
create index work_request_item_open_item_idx on work_request_item (client_id, open_item_id);
call fence.client_table('work_request_item', 'work');
grant select, insert on work_request_item to quittance_app;

-- What became of a request, and what was said about it.
create table work_request_change (
  client_id uuid not null,
  id uuid not null,
  request_id uuid not null,
  version int not null,
  move text not null check (move in ('raise', 'acknowledge', 'takeOwnership', 'answer', 'resolve', 'return', 'withdraw', 'reopen',
    'climb', 'exhaust', 'deEscalate', 'comment')),
  state_before text,
  state text not null check (state in ('RAISED', 'ACKNOWLEDGED', 'ANSWERED', 'RETURNED', 'RESOLVED', 'WITHDRAWN')),
  owner_before text,
  owner text not null,
  level int,
  note text not null check (length(note) <= 4000),
  -- From the start of the clock to the first acknowledgement, or to the first answer, in seconds; null for every other change.
  elapsed_seconds bigint check (elapsed_seconds >= 0),
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, request_id) references work_request (client_id, id)
);
create index work_request_change_request_idx on work_request_change (client_id, request_id, version);
create index work_request_change_at_idx on work_request_change (client_id, at);
call fence.client_table('work_request_change', 'work');
grant select, insert on work_request_change to quittance_app;

-- Who can answer for work of a client at an instant: people with a role that works it, and the teams that serve it and have
-- such people. Whoever reads the work of a client may know them, and nobody else; the directory itself stays closed.
create function fence.owners(asked uuid[], at timestamptz)
returns table (client_id uuid, kind text, id uuid, name text, roles text, members uuid[])
language sql stable security definer set search_path = public, pg_temp as $$
  with readable as (
    select distinct c.id, c.provider_id from client c
    where c.id = any (asked) and c.id = any (current_setting('fence.reads_work')::uuid[])
  ), held as (
    select r.id as client_id, p.provider_id, p.id, p.name, g.role
    from readable r
    join client_grant g on g.client_id = r.id
    join principal p on p.provider_id = g.provider_id and p.id = g.principal_id
    where p.kind = 'PERSON' and p.deactivated_at is null and g.role in ('ANALYST', 'LEAD', 'MANAGER')
      and g.valid_from <= at and (g.valid_until is null or g.valid_until > at)
      and (
        g.team_id is null
        or (
          exists (select 1 from team_member m where m.provider_id = g.provider_id and m.team_id = g.team_id and m.principal_id = g.principal_id
                    and m.valid_from <= at and (m.valid_until is null or m.valid_until > at))
          and exists (select 1 from team_client s where s.client_id = g.client_id and s.team_id = g.team_id
                    and s.valid_from <= at and (s.valid_until is null or s.valid_until > at))
        )
      )
  ), people as (
    select h.client_id, h.provider_id, h.id, h.name, string_agg(distinct h.role, ';' order by h.role) as roles
    from held h group by h.client_id, h.provider_id, h.id, h.name
  )
  select p.client_id, 'PERSON', p.id, p.name, p.roles, array[p.id] from people p
  union all
  select s.client_id, 'TEAM', t.id, t.name, '', array_agg(distinct p.id order by p.id)
  from readable r
  join team_client s on s.client_id = r.id and s.valid_from <= at and (s.valid_until is null or s.valid_until > at)
  join team t on t.provider_id = s.provider_id and t.id = s.team_id
  join team_member m on m.provider_id = t.provider_id and m.team_id = t.id and m.valid_from <= at and (m.valid_until is null or m.valid_until > at)
  join people p on p.client_id = r.id and p.provider_id = m.provider_id and p.id = m.principal_id
  group by s.client_id, t.id, t.name
$$;
grant create on schema fence to quittance_bind;
alter function fence.owners(uuid[], timestamptz) owner to quittance_bind;
revoke create on schema fence from quittance_bind;
revoke all on function fence.owners(uuid[], timestamptz) from public;
grant execute on function fence.owners(uuid[], timestamptz) to quittance_app;
