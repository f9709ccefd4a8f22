-- Who owns which customer, and by that what they owe: by the client's allocation rules, or by hand.

alter table policy_version
  drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
    check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION'));

-- What a customer counts as for its client: a word of the client's own, by which rules may go.
alter table customer add column segment text check (length(segment) between 1 and 40);

-- One row for each time that a customer was with somebody, or with nobody: what is kept here is never told otherwise later.
create table customer_owner (
  client_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  -- None of both: nobody's. A person is one of the team.
  team_id uuid,
  person_id uuid,
  -- As they were called then: whoever works on a client need not be able to read its directory.
  team_name text,
  person_name text,
  source text not null check (source in ('RULE', 'FALLBACK', 'HAND', 'NOBODY')),
  -- The rule's name, and the version that it first decided by.
  rule text,
  policy_version int,
  since timestamptz not null,
  until timestamptz check (until >= since),
  -- When what was said by hand ends by itself; null for until it is lifted.
  ends_at timestamptz,
  set_by_id uuid,
  set_by_name text,
  reason text check (length(reason) <= 500),
  note text check (length(note) <= 2000),
  -- The round of allocation that last found it right.
  checked int not null,
  primary key (client_id, id),
  -- A customer known by a name alone is forgotten once it has its number, and with it whose it was.
  foreign key (client_id, customer_id) references customer (client_id, id) on delete cascade,
  check ((source = 'NOBODY') = (team_id is null)),
  check (person_id is null or team_id is not null),
  check ((source = 'HAND') = (set_by_id is not null)),
  check (ends_at is null or source = 'HAND')
);
-- Exactly one owner at any time.
create unique index customer_owner_current_key on customer_owner (client_id, customer_id) where until is null;
create index customer_owner_history_idx on customer_owner (client_id, customer_id, since desc, id desc);
create index customer_owner_ends_idx on customer_owner (client_id, ends_at) where until is null and ends_at is not null;
call fence.client_table('customer_owner', 'work');
grant select, insert on customer_owner to quittance_app;
grant update (until, checked) on customer_owner to quittance_app;

-- How often a client's customers were to be allocated anew, and what that last went by: rows of an earlier round are behind.
create table allocation_round (
  client_id uuid primary key references client (id),
  round int not null check (round > 0),
  basis text not null
);
call fence.client_table('allocation_round', 'work');
grant select, insert, update on allocation_round to quittance_app;

-- Work says whose it is, so that the queue of one owner is one walk of one index, as the queue of all is.
alter table work_item
  add column owner_team_id uuid,
  add column owner_person_id uuid,
  add constraint work_item_owner check (owner_person_id is null or owner_team_id is not null);
create index work_item_team_idx on work_item (client_id, owner_team_id, kind, score desc, id) where is_queued and owner_team_id is not null;
create index work_item_person_idx on work_item (client_id, owner_person_id, kind, score desc, id) where is_queued and owner_person_id is not null;
-- `is null` gives an index no order: work of nobody has one to itself.
create index work_item_unowned_idx on work_item (client_id, kind, score desc, id) where is_queued and owner_team_id is null;

-- Work goes with its customer, cash among it.
create index work_item_payer_idx on work_item (client_id, customer_id) where customer_id is not null;

-- Who can work for a client, by team: known to those who read its work, whether or not the directory is theirs to read.
-- A team that served it once is named as well, since rules may still speak of it.
grant select on team to quittance_bind;
create policy binds on team for select to quittance_bind using (true);

create function fence.workers(asked uuid, at timestamptz, working text[])
returns table (provider_id uuid, team_id uuid, team_code text, team_name text, serves boolean, person_id uuid, person_name text,
  person_email text, can_work boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.provider_id, t.id, t.code, t.name, o.serves, p.id, p.name, p.email, coalesce(p.can_work, false)
  from (
    select s.provider_id, s.team_id, bool_or(s.valid_from <= at and (s.valid_until is null or s.valid_until > at)) as serves
    from team_client s
    where s.client_id = asked and asked = any ((select current_setting('fence.reads_work')::uuid[])::uuid[])
    group by s.provider_id, s.team_id
  ) o
  join team t on t.provider_id = o.provider_id and t.id = o.team_id
  left join lateral (
    select p.id, p.name, p.email,
      o.serves and p.deactivated_at is null
        and bool_or(m.valid_from <= at and (m.valid_until is null or m.valid_until > at))
        and exists (
          select 1 from client_grant g
          where g.client_id = asked and g.provider_id = p.provider_id and g.principal_id = p.id and g.role = any (working)
            and g.valid_from <= at and (g.valid_until is null or g.valid_until > at)
            and (g.team_id is null
              or exists (select 1 from team_member k where k.provider_id = g.provider_id and k.team_id = g.team_id and k.principal_id = p.id
                           and k.valid_from <= at and (k.valid_until is null or k.valid_until > at))
              and exists (select 1 from team_client s where s.client_id = g.client_id and s.team_id = g.team_id
                            and s.valid_from <= at and (s.valid_until is null or s.valid_until > at)))) as can_work
    from team_member m join principal p on p.provider_id = m.provider_id and p.id = m.principal_id
    where m.provider_id = t.provider_id and m.team_id = t.id and p.kind = 'PERSON'
    group by p.provider_id, p.id, p.name, p.email, p.deactivated_at
  ) p on true
  order by t.code, t.id, p.name, p.id
$$;
grant create on schema fence to quittance_bind;
alter function fence.workers(uuid, timestamptz, text[]) owner to quittance_bind;
revoke create on schema fence from quittance_bind;
revoke all on function fence.workers(uuid, timestamptz, text[]) from public;
grant execute on function fence.workers(uuid, timestamptz, text[]) to quittance_app;
