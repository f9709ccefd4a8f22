-- Approvals: decisions that need somebody else than who asks for them, by a client's matrix of authority.

-- The client's own approver: decides what the matrix wants the client to decide, and reads nothing of the ledger.
alter table client_grant drop constraint client_grant_role_check;
alter table client_grant add constraint client_grant_role_check
  check (role in ('OBSERVER', 'ANALYST', 'LEAD', 'MANAGER', 'PORTAL', 'APPROVER', 'INTEGRATION', 'AUDITOR'));

alter table event drop constraint event_area_check;
alter table event add constraint event_area_check
  check (area in ('client', 'customer', 'receivable', 'cash', 'work', 'approval', 'intake', 'directory', 'sla', 'evidence'));

alter table policy_version drop constraint policy_version_kind_check;
alter table policy_version add constraint policy_version_kind_check
  check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE', 'ESCALATION', 'EVIDENCE', 'APPROVAL'));

create table approval_request (
  client_id uuid not null,
  id uuid not null,
  action text not null check (action in ('PAYMENT_PLAN')),
  reason_code text check (length(reason_code) between 1 and 64),
  -- What is decided about: a row of the module that the action belongs to.
  subject_id uuid not null,
  customer_id uuid not null,
  -- What deciders are shown without any right to the ledger.
  customer_name text not null,
  summary text not null check (length(summary) between 1 and 500),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  base_currency char(3) not null check (base_currency ~ '^[A-Z]{3}$'),
  -- At the planning rates of the round, or of the last decision. Null where a currency has no rate.
  base_amount_minor bigint check (base_amount_minor >= 0),
  cumulative_minor bigint check (cumulative_minor >= base_amount_minor),
  -- SHA-256 of the canonical JSON of what is decided about.
  evidence_hash text not null check (evidence_hash ~ '^[0-9a-f]{64}$'),
  state text not null check (state in ('PENDING', 'APPROVED', 'USED', 'REJECTED', 'EXPIRED', 'WITHDRAWN')),
  policy_version int not null check (policy_version >= 0),
  -- The place of the row of the matrix that rules it, from 0 among the rows of its action.
  matrix_row int not null check (matrix_row >= 0),
  steps jsonb not null check (jsonb_typeof(steps) = 'array'),
  -- The role whose step is next; null once nothing is to be decided any more.
  next_role text check (next_role in ('LEAD', 'MANAGER', 'APPROVER')),
  round int not null check (round > 0),
  round_cause text not null check (round_cause in ('REQUESTED', 'CHANGED', 'SPLIT', 'REVALUED')),
  -- Everybody who made what is decided about: none of them decides it.
  makers jsonb not null check (jsonb_typeof(makers) = 'array' and jsonb_array_length(makers) > 0),
  requested_by_id uuid not null,
  requested_by_name text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null,
  ended_at timestamptz,
  -- Why it was withdrawn.
  end_reason text check (length(end_reason) between 1 and 500),
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  check ((next_role is not null) = (state = 'PENDING')),
  check (makers @> jsonb_build_array(requested_by_id)),
  check ((ended_at is not null) = (state not in ('PENDING', 'APPROVED')))
);
create unique index approval_request_subject_key on approval_request (client_id, action, subject_id)
  where state in ('PENDING', 'APPROVED');
create index approval_request_subject_idx on approval_request (client_id, action, subject_id, id);
create index approval_request_state_idx on approval_request (client_id, state, id);
create index approval_request_customer_idx on approval_request (client_id, action, customer_id, requested_at);
call fence.client_table('approval_request', 'approval');

-- Somebody decides on behalf of somebody else for a while, and everybody can read it.
create table approval_delegation (
  client_id uuid not null,
  id uuid not null,
  from_id uuid not null,
  from_name text not null,
  to_id uuid not null check (to_id <> from_id),
  to_name text not null,
  reason text not null check (length(reason) between 1 and 500),
  valid_from timestamptz not null,
  valid_until timestamptz not null check (valid_until > valid_from),
  created_at timestamptz not null,
  revoked_at timestamptz,
  primary key (client_id, id)
);
create index approval_delegation_to_idx on approval_delegation (client_id, to_id, valid_until);
call fence.client_table('approval_delegation', 'approval');

create table approval_decision (
  client_id uuid not null,
  id uuid not null,
  request_id uuid not null,
  round int not null check (round > 0),
  step int not null check (step > 0),
  verdict text not null check (verdict in ('APPROVE', 'REJECT')),
  role text not null check (role in ('LEAD', 'MANAGER', 'APPROVER')),
  principal_id uuid not null,
  principal_name text not null,
  delegation_id uuid,
  on_behalf_of_id uuid,
  on_behalf_of_name text,
  comment text check (length(comment) between 1 and 500),
  -- What they decided by, so that it can be judged again: what they saw, the rules, and the amounts at the rates of then.
  evidence_hash text not null check (evidence_hash ~ '^[0-9a-f]{64}$'),
  request_version int not null,
  policy_version int not null check (policy_version >= 0),
  base_amount_minor bigint,
  cumulative_minor bigint,
  -- As the request had them, so that this row alone proves that no maker was a checker.
  makers jsonb not null check (jsonb_typeof(makers) = 'array' and jsonb_array_length(makers) > 0),
  decided_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, request_id) references approval_request (client_id, id),
  foreign key (client_id, delegation_id) references approval_delegation (client_id, id),
  constraint approval_decision_maker check (not makers @> jsonb_build_array(principal_id)),
  constraint approval_decision_maker_behind check (on_behalf_of_id is null or not makers @> jsonb_build_array(on_behalf_of_id)),
  check (num_nonnulls(delegation_id, on_behalf_of_id, on_behalf_of_name) in (0, 3)),
  check (on_behalf_of_id <> principal_id)
);
create unique index approval_decision_step_key on approval_decision (client_id, request_id, round, step);
create unique index approval_decision_principal_key on approval_decision (client_id, principal_id, request_id, round);
create unique index approval_decision_behind_key on approval_decision (client_id, on_behalf_of_id, request_id, round)
  where on_behalf_of_id is not null;
call fence.client_table('approval_decision', 'approval');

grant select, insert, update on approval_request, approval_delegation to quittance_app;
grant select, insert on approval_decision to quittance_app;

-- Who holds which role at a client, teams considered, for clients whose approvals the viewer may read: whether a delegation
-- still has authority behind it depends on people whose rights the directory alone knows.
create function fence.role_holders(of_client uuid, at timestamptz)
returns table (principal_id uuid, name text, role text)
language sql stable security definer set search_path = public, pg_temp as $$
  select distinct p.id, p.name, g.role
  from client_grant g join principal p on p.provider_id = g.provider_id and p.id = g.principal_id
  where g.client_id = of_client
    and of_client = any (current_setting('fence.reads_approval')::uuid[])
    and g.role in ('LEAD', 'MANAGER', 'APPROVER')
    and p.deactivated_at is null
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
$$;
grant create on schema fence to quittance_bind;
alter function fence.role_holders(uuid, timestamptz) owner to quittance_bind;
revoke create on schema fence from quittance_bind;
revoke all on function fence.role_holders(uuid, timestamptz) from public;
grant execute on function fence.role_holders(uuid, timestamptz) to quittance_app;

-- Payment plans are approved by this. Plans that were agreed and are not in force yet are accepted anew, which asks for the
-- approval; who approved them before knew nothing of the matrix.
alter table payment_plan drop constraint payment_plan_maker;
alter table payment_plan no force row level security;
update payment_plan set state = 'PROPOSED', accepted_at = null, accepted_by = null, approved_at = null, version = version + 1
where state in ('CUSTOMER_ACCEPTED', 'APPROVED');
alter table payment_plan force row level security;
alter table payment_plan drop column approved_by_id;
-- Why it was cancelled.
alter table payment_plan add column end_reason text check (length(end_reason) between 1 and 500);
