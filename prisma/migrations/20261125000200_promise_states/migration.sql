-- Promises are judged: by what was paid by their deadline, and on the terms under which they were taken.

-- The version that an item has behind a row of the ledger: what is settled behind a promise is told from what was settled
-- before it by this, whatever the clocks of two nodes say. Unknown for rows that are older than this column.
alter table application add column item_version int check (item_version > 0);

alter table promise_to_pay
  -- The item had this version when the promise was taken.
  add column item_version int,
  -- The nth promise for its item, from 1.
  add column place int,
  -- One more than the promises before it for the same item that were not kept.
  add column level int not null default 1 check (level > 0),
  -- The last day on which a payment keeps it.
  add column deadline_on date,
  -- The least that keeps it.
  add column due_minor bigint,
  add column counts_by text not null default 'VALUE_DATE' check (counts_by in ('VALUE_DATE', 'POSTING_DATE')),
  add column confirm_days int not null default 30 check (confirm_days >= 0),
  add column policy_version int not null default 0 check (policy_version >= 0),
  -- Paid by the deadline, as far as it is known.
  add column paid_minor bigint not null default 0 check (paid_minor >= 0),
  add column evaluated_at timestamptz,
  -- The day from which its state stays what it is, and when that day was found to have come.
  add column confirms_on date,
  add column confirmed_at timestamptz,
  add column superseded_by_id uuid,
  add foreign key (client_id, superseded_by_id) references promise_to_pay (client_id, id);

-- The fence holds for the owner too: rows that are there are reached only while it does not.
alter table promise_to_pay no force row level security;
alter table open_item no force row level security;
alter table audit_entry no force row level security;

update promise_to_pay p set deadline_on = promised_on, due_minor = amount_minor, place = n.place, level = n.place, item_version = n.version
from (
  select q.client_id, q.id, row_number() over (partition by q.client_id, q.open_item_id order by q.created_at, q.id) as place, o.version
  from promise_to_pay q join open_item o on o.client_id = q.client_id and o.id = q.open_item_id
) n
where n.client_id = p.client_id and n.id = p.id;

alter table promise_to_pay
  alter column item_version set not null,
  alter column place set not null,
  alter column deadline_on set not null,
  alter column due_minor set not null,
  drop constraint promise_to_pay_state_check,
  add constraint promise_to_pay_state_check
    check (state in ('OPEN', 'PARTIALLY_KEPT', 'KEPT', 'BROKEN', 'WITHDRAWN', 'SUPERSEDED')),
  add constraint promise_to_pay_terms check (deadline_on >= promised_on and due_minor between 1 and amount_minor and place > 0),
  add constraint promise_to_pay_confirmed check (confirmed_at is null or confirms_on is not null),
  add constraint promise_to_pay_superseded check ((state = 'SUPERSEDED') = (superseded_by_id is not null));

-- A reversal may open a promise again behind which another was taken: the lock of the item keeps two from being taken.
drop index promise_to_pay_open_key;
create unique index promise_to_pay_place_key on promise_to_pay (client_id, open_item_id, place);
create index promise_to_pay_open_idx on promise_to_pay (client_id, customer_id, open_item_id) where state = 'OPEN';
create index promise_to_pay_deadline_idx on promise_to_pay (client_id, deadline_on, id);
create index promise_to_pay_confirms_idx on promise_to_pay (client_id, confirms_on, id) where confirms_on is not null and confirmed_at is null;
create index promise_to_pay_state_idx on promise_to_pay (client_id, state, id);
create index promise_to_pay_broken_idx on promise_to_pay (client_id, customer_id, deadline_on, id) where state = 'BROKEN';

-- Append-only: every change of a promise's state, the first included.
create table promise_change (
  client_id uuid not null,
  id uuid not null,
  promise_id uuid not null,
  -- The promise's version behind the change.
  version int not null,
  state_before text check (state_before in ('OPEN', 'PARTIALLY_KEPT', 'KEPT', 'BROKEN')),
  state text not null check (state in ('OPEN', 'PARTIALLY_KEPT', 'KEPT', 'BROKEN', 'WITHDRAWN', 'SUPERSEDED')),
  cause text not null check (cause in ('RECORDED', 'CASH', 'LEDGER', 'DEADLINE', 'WITHDRAWN', 'SUPERSEDED')),
  paid_minor bigint not null check (paid_minor >= 0),
  currency char(3) not null,
  principal_id uuid not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, promise_id) references promise_to_pay (client_id, id),
  check ((state_before is null) = (cause = 'RECORDED'))
);
create unique index promise_change_version_key on promise_change (client_id, promise_id, version);

insert into promise_change (client_id, id, promise_id, version, state_before, state, cause, paid_minor, currency, principal_id, at)
select client_id, gen_random_uuid(), id, 1, null, 'OPEN', 'RECORDED', 0, currency, principal_id, created_at from promise_to_pay;
insert into promise_change (client_id, id, promise_id, version, state_before, state, cause, paid_minor, currency, principal_id, at)
select p.client_id, gen_random_uuid(), p.id, p.version, 'OPEN', 'WITHDRAWN', 'WITHDRAWN', 0, p.currency,
  coalesce(a.principal_id, p.principal_id), coalesce(a.at, p.created_at)
from promise_to_pay p
left join audit_entry a on a.client_id = p.client_id and a.command = 'promise.withdrawPromise' and a.outcome ->> 'id' = p.id::text
where p.state = 'WITHDRAWN' and p.version > 1;

alter table promise_to_pay force row level security;
alter table open_item force row level security;
alter table audit_entry force row level security;

call fence.client_table('promise_change', 'work');
grant select, insert on promise_change to quittance_app;

alter table policy_version drop constraint policy_version_kind_check;
alter table policy_version add constraint policy_version_kind_check check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE'));
