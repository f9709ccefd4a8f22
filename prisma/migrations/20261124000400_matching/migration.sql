-- What the engine found of receipts, what became of it, and what it was taught.

create table cash_match (
  client_id uuid not null references client (id),
  id uuid not null,
  receipt_id uuid not null,
  policy_version int not null check (policy_version >= 0),
  outcome text not null check (outcome in ('AUTOMATIC', 'SUGGESTED', 'NONE')),
  state text not null check (state in ('POSTED', 'PROPOSED', 'FRUITLESS', 'ACCEPTED', 'CORRECTED', 'REJECTED', 'SUPERSEDED')),
  -- Who paid, as far as that was found, and by what.
  customer_id uuid,
  payer_level text not null check (payer_level in ('GIVEN', 'ACCOUNT', 'NUMBER', 'NAME', 'ITEMS', 'NONE')),
  -- Documents that were to be found, and those that were; and the same of the money.
  line_count int not null check (line_count >= 0),
  matched_line_count int not null check (matched_line_count between 0 and line_count),
  currency char(3) not null,
  amount_minor bigint not null,
  matched_minor bigint not null,
  -- Nobody had a hand in it, and nothing of it is left to be done.
  is_straight_through boolean not null,
  -- Rules, candidates, scores and the data they used, as the engine told them.
  trace jsonb not null check (jsonb_typeof(trace) = 'object'),
  -- What a correction taught.
  lessons jsonb not null check (jsonb_typeof(lessons) = 'array'),
  reason text check (length(reason) between 1 and 500),
  principal_id uuid not null,
  created_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  check ((state in ('PROPOSED', 'FRUITLESS')) = (decided_at is null))
);
create index cash_match_receipt_idx on cash_match (client_id, receipt_id, id);
create index cash_match_state_idx on cash_match (client_id, state, id);
create index cash_match_created_idx on cash_match (client_id, created_at);
-- A receipt has one proposal at a time.
create unique index cash_match_open_key on cash_match (client_id, receipt_id) where state in ('PROPOSED', 'FRUITLESS');
call fence.client_table('cash_match', 'cash');

-- A spelling of a payer's name, or an account, that a person said is a customer's.
create table payer_alias (
  client_id uuid not null references client (id),
  id uuid not null,
  customer_id uuid not null,
  kind text not null check (kind in ('NAME', 'ACCOUNT')),
  value text not null check (length(value) between 1 and 300),
  principal_id uuid not null,
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
create unique index payer_alias_key on payer_alias (client_id, customer_id, kind, value);
call fence.client_table('payer_alias', 'cash');

alter table application add foreign key (client_id, match_id) references cash_match (client_id, id);
create index application_match_idx on application (client_id, match_id) where match_id is not null;

grant select, insert, update on cash_match to quittance_app;
grant select, insert, delete on payer_alias to quittance_app;
