-- Providers, the clients they serve, who works there, and who may do what for which client.

create table provider (
  id uuid primary key,
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{1,31}$'),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null
);
create unique index provider_code_key on provider (code);

-- A person of the provider, a portal user of one client, or an integration: whoever can hold a grant.
create table principal (
  provider_id uuid not null references provider (id),
  id uuid not null,
  kind text not null check (kind in ('PERSON', 'PORTAL', 'INTEGRATION')),
  name text not null check (length(name) between 1 and 200),
  email text check (length(email) <= 320),
  -- What a token says in `sub`.
  subject text not null check (length(subject) between 1 and 200),
  deactivated_at timestamptz,
  created_at timestamptz not null,
  primary key (provider_id, id)
);
create unique index principal_email_key on principal (provider_id, email);
create unique index principal_subject_key on principal (subject);

create table team (
  provider_id uuid not null references provider (id),
  id uuid not null,
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{1,31}$'),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  primary key (provider_id, id)
);
create unique index team_code_key on team (provider_id, code);

create table team_member (
  provider_id uuid not null,
  id uuid not null,
  team_id uuid not null,
  principal_id uuid not null,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until >= valid_from),
  primary key (provider_id, id),
  foreign key (provider_id, team_id) references team (provider_id, id),
  foreign key (provider_id, principal_id) references principal (provider_id, id)
);
create index team_member_principal_idx on team_member (provider_id, principal_id, team_id);

create table provider_grant (
  provider_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  role text not null check (role in ('PROVIDER_ADMIN')),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until >= valid_from),
  primary key (provider_id, id),
  foreign key (provider_id, principal_id) references principal (provider_id, id)
);
create index provider_grant_principal_idx on provider_grant (provider_id, principal_id);

-- Only the hash is kept: a key is shown once, when it is made.
create table api_key (
  provider_id uuid not null,
  id uuid not null,
  principal_id uuid not null,
  prefix text not null check (length(prefix) = 8),
  hash bytea not null check (length(hash) = 32),
  created_at timestamptz not null,
  expires_at timestamptz not null check (expires_at > created_at),
  revoked_at timestamptz,
  primary key (provider_id, id),
  foreign key (provider_id, principal_id) references principal (provider_id, id)
);
create unique index api_key_hash_key on api_key (hash);
create index api_key_principal_idx on api_key (provider_id, principal_id);

create table client (
  id uuid primary key,
  provider_id uuid not null references provider (id),
  code text not null check (code ~ '^[A-Z0-9][A-Z0-9_-]{1,31}$'),
  name text not null check (length(name) between 1 and 200),
  time_zone text not null check (length(time_zone) between 1 and 64),
  base_currency char(3) not null check (base_currency ~ '^[A-Z]{3}$'),
  -- Which calendar counts the client's business days; an ISO 3166 country or region.
  calendar_code text not null check (calendar_code ~ '^[A-Z]{2}(-[A-Z0-9]{1,3})?$'),
  -- Base-currency units for one unit of another currency, as decimal text: for weighing work, never for booking.
  planning_rates jsonb not null default '{}' check (jsonb_typeof(planning_rates) = 'object'),
  created_at timestamptz not null,
  version int not null default 1
);
create unique index client_code_key on client (provider_id, code);
create unique index client_provider_key on client (provider_id, id);

create table team_client (
  client_id uuid not null,
  id uuid not null,
  provider_id uuid not null,
  team_id uuid not null,
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until >= valid_from),
  primary key (client_id, id),
  -- The team and the client are of one provider, whoever writes the row.
  foreign key (provider_id, client_id) references client (provider_id, id),
  foreign key (provider_id, team_id) references team (provider_id, id)
);
create index team_client_team_idx on team_client (client_id, team_id);

-- The only source of rights. A grant through a team holds while the team serves the client and its holder is a member.
create table client_grant (
  client_id uuid not null,
  id uuid not null,
  provider_id uuid not null,
  principal_id uuid not null,
  team_id uuid,
  role text not null check (role in ('OBSERVER', 'ANALYST', 'LEAD', 'MANAGER', 'PORTAL', 'INTEGRATION', 'AUDITOR')),
  valid_from timestamptz not null,
  valid_until timestamptz check (valid_until >= valid_from),
  reason text not null check (length(reason) <= 500),
  primary key (client_id, id),
  foreign key (provider_id, client_id) references client (provider_id, id),
  foreign key (provider_id, principal_id) references principal (provider_id, id),
  foreign key (provider_id, team_id) references team (provider_id, id)
);
create index client_grant_principal_idx on client_grant (client_id, principal_id);
-- The way the fence looks: from who asks to the clients they hold. Only fence.who() walks it.
create index client_grant_holder_idx on client_grant (provider_id, principal_id, client_id);

call fence.provider_table('provider', 'id');
call fence.provider_table('principal');
call fence.provider_table('team');
call fence.provider_table('team_member');
call fence.provider_table('provider_grant');
call fence.provider_table('api_key');
call fence.client_table('team_client', 'directory');
call fence.client_table('client_grant', 'directory');

-- A client's own row is read by whoever holds any right there; only its provider's directory command creates it.
call fence.client_table('client', 'client', 'id');
create policy inserts_by_provider on client for insert to quittance_app
  with check (provider_id = nullif(current_setting('fence.writes_provider'), '')::uuid);

grant select, insert, update on provider, principal, team, team_member, provider_grant, api_key, client, team_client, client_grant to quittance_app;

-- quittance_bind reads the directory whole, and nothing else: it owns the one function that says who asks.
grant select on provider, principal, team_member, provider_grant, api_key, client, team_client, client_grant to quittance_bind;
create policy binds on principal for select to quittance_bind using (true);
create policy binds on provider for select to quittance_bind using (true);
create policy binds on team_member for select to quittance_bind using (true);
create policy binds on provider_grant for select to quittance_bind using (true);
create policy binds on api_key for select to quittance_bind using (true);
create policy binds on client for select to quittance_bind using (true);
create policy binds on team_client for select to quittance_bind using (true);
create policy binds on client_grant for select to quittance_bind using (true);

-- One number for the state of all rights. A unit that finds it unchanged may use what it read of rights before, so most
-- requests do not read the directory at all, and none is answered with rights of yesterday. Directory writers take turns
-- on the row; they are people, not traffic.
create table fence.rights (
  is_only boolean primary key default true check (is_only),
  version bigint not null
);
insert into fence.rights (version) values (1);
grant select on fence.rights to quittance_app, quittance_bind;

create function fence.rights_changed() returns trigger
language plpgsql security definer set search_path = fence, pg_temp as $$
begin
  update fence.rights set version = version + 1;
  return null;
end $$;
revoke all on function fence.rights_changed() from public;

create trigger rights after insert or update or delete on provider for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on principal for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on team_member for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on team_client for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on provider_grant for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on client_grant for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on api_key for each statement execute function fence.rights_changed();
create trigger rights after insert or update or delete on client for each statement execute function fence.rights_changed();

-- Who asks, and what they hold at this instant: by the subject of a verified token, or by the hash of an API key.
-- `changes_at` is when time alone will next change them, and `version` the number that stands for everything else.
-- `grants` is "ROLE:client;..." in a stable order, so that equal rights are equal text; `zones` is "client=Zone;...".
create function fence.who(asking_subject text, asking_key bytea, at timestamptz)
returns table (provider_id uuid, principal_id uuid, kind text, name text, provider_code text, grants text, zones text,
  version bigint, changes_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  with asking as (
    select p.provider_id, p.id, p.kind, p.name
    from principal p
    where p.deactivated_at is null
      and (
        (asking_key is null and p.subject = asking_subject)
        or (asking_key is not null and (p.provider_id, p.id) in (
          select k.provider_id, k.principal_id from api_key k
          where k.hash = asking_key and k.revoked_at is null and k.expires_at > at))
      )
  ), held as (
    select g.role, g.client_id
    from asking a
    join client_grant g on g.provider_id = a.provider_id and g.principal_id = a.id
    where g.valid_from <= at and (g.valid_until is null or g.valid_until > at)
      and (
        g.team_id is null
        or (
          exists (select 1 from team_member m where m.provider_id = g.provider_id and m.team_id = g.team_id and m.principal_id = g.principal_id
                    and m.valid_from <= at and (m.valid_until is null or m.valid_until > at))
          and exists (select 1 from team_client s where s.client_id = g.client_id and s.team_id = g.team_id
                    and s.valid_from <= at and (s.valid_until is null or s.valid_until > at))
        )
      )
    union
    select pg.role, c.id
    from asking a
    join provider_grant pg on pg.provider_id = a.provider_id and pg.principal_id = a.id
    join client c on c.provider_id = pg.provider_id
    where pg.valid_from <= at and (pg.valid_until is null or pg.valid_until > at)
  ), over_provider as (
    select pg.role
    from asking a
    join provider_grant pg on pg.provider_id = a.provider_id and pg.principal_id = a.id
    where pg.valid_from <= at and (pg.valid_until is null or pg.valid_until > at)
  ), bounds as (
    select unnest(array[g.valid_from, g.valid_until]) as instant
    from asking a join client_grant g on g.provider_id = a.provider_id and g.principal_id = a.id
    union all
    select unnest(array[m.valid_from, m.valid_until])
    from asking a join team_member m on m.provider_id = a.provider_id and m.principal_id = a.id
    union all
    select unnest(array[s.valid_from, s.valid_until])
    from asking a
    join client_grant g on g.provider_id = a.provider_id and g.principal_id = a.id
    join team_client s on s.client_id = g.client_id and s.team_id = g.team_id
    union all
    select unnest(array[pg.valid_from, pg.valid_until])
    from asking a join provider_grant pg on pg.provider_id = a.provider_id and pg.principal_id = a.id
    union all
    select k.expires_at from api_key k where k.hash = asking_key
  )
  select a.provider_id, a.id, a.kind, a.name, p.code,
    concat_ws(';',
      (select string_agg(distinct o.role, ';' order by o.role) from over_provider o),
      (select string_agg(h.role || ':' || h.client_id, ';' order by h.client_id, h.role) from held h)),
    coalesce((select string_agg(c.id || '=' || c.time_zone, ';' order by c.id) from client c where c.id in (select h.client_id from held h)), ''),
    (select r.version from fence.rights r),
    (select min(b.instant) from bounds b where b.instant > at)
  from asking a
  join provider p on p.id = a.provider_id
$$;
grant create on schema fence to quittance_bind;
alter function fence.who(text, bytea, timestamptz) owner to quittance_bind;
revoke all on function fence.who(text, bytea, timestamptz) from public;
grant execute on function fence.who(text, bytea, timestamptz) to quittance_app;

-- For jobs that go from client to client: which clients there are, and nothing about them but their clock.
create function fence.clients()
returns table (id uuid, provider_id uuid, provider_code text, code text, time_zone text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.id, c.provider_id, p.code, c.code, c.time_zone from client c join provider p on p.id = c.provider_id order by c.id
$$;
alter function fence.clients() owner to quittance_bind;
revoke create on schema fence from quittance_bind;
revoke all on function fence.clients() from public;
grant execute on function fence.clients() to quittance_app;
