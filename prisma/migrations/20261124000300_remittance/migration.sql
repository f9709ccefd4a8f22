-- What integrations tell of cash, kept until it can be done: in whatever order it comes, it ends in the same state.

create table cash_result (
  client_id uuid not null references client (id),
  id uuid not null,
  source text not null check (length(source) between 1 and 40),
  key text not null check (length(key) between 1 and 200),
  -- The source's own key of the receipt it is about.
  receipt_key text not null check (length(receipt_key) between 1 and 200),
  fingerprint bytea not null check (length(fingerprint) = 32),
  principal_id uuid not null,
  posted_at timestamptz not null,
  primary key (client_id, id)
);
-- The same key is the same result: whoever sends it again is told what became of it.
create unique index cash_result_key on cash_result (client_id, source, key);
create index cash_result_receipt_idx on cash_result (client_id, source, receipt_key);
call fence.client_table('cash_result', 'cash');

-- One step of a result. Steps of one group are done together or not yet.
create table cash_instruction (
  client_id uuid not null,
  id uuid not null,
  result_id uuid not null,
  place int not null check (place >= 0),
  group_no int not null check (group_no >= 0),
  kind text not null check (kind in ('IDENTIFY', 'SETTLE', 'MOVE', 'UNDO', 'REVERSE')),
  source text not null check (length(source) between 1 and 40),
  receipt_key text not null check (length(receipt_key) between 1 and 200),
  -- SETTLE: which item, as its ledger numbers it.
  item_number text check (length(item_number) between 1 and 60),
  legal_entity_code text check (length(legal_entity_code) between 1 and 40),
  -- IDENTIFY: who paid, as the client numbers its customers.
  customer_number text check (length(customer_number) between 1 and 60),
  -- UNDO: the result that is taken back.
  target_key text check (length(target_key) between 1 and 200),
  -- Amounts, adjustments, deductions and the like, in minor units as text.
  body jsonb not null check (jsonb_typeof(body) = 'object'),
  state text not null check (state in ('WAITING', 'DONE', 'CANCELLED')),
  -- What it waits for.
  waits_for text check (waits_for in ('RECEIPT', 'CUSTOMER', 'OPEN_ITEM', 'ROOM', 'RESULT', 'TOLERANCE', 'CURRENCY')),
  settlement_id uuid,
  created_at timestamptz not null,
  done_at timestamptz,
  primary key (client_id, id),
  foreign key (client_id, result_id) references cash_result (client_id, id),
  check ((state = 'WAITING') = (waits_for is not null)),
  check ((state = 'WAITING') = (done_at is null)),
  check ((kind = 'SETTLE') = (item_number is not null)),
  check ((kind = 'IDENTIFY') = (customer_number is not null)),
  check ((kind = 'UNDO') = (target_key is not null))
);
create unique index cash_instruction_place_key on cash_instruction (client_id, result_id, place);
create index cash_instruction_receipt_idx on cash_instruction (client_id, source, receipt_key);
create index cash_instruction_waiting_idx on cash_instruction (client_id, waits_for) where state = 'WAITING';
create index cash_instruction_customer_idx on cash_instruction (client_id, customer_number) where state = 'WAITING';
create index cash_instruction_item_idx on cash_instruction (client_id, item_number) where state = 'WAITING';
call fence.client_table('cash_instruction', 'cash');

-- What a payer says that money is for.
create table remittance_advice (
  client_id uuid not null references client (id),
  id uuid not null,
  source text not null check (length(source) between 1 and 40),
  -- The source's key of the receipt, or the trace that the payment carries.
  receipt_key text not null check (length(receipt_key) between 1 and 200),
  receipt_id uuid,
  result_id uuid,
  payer_name text check (length(payer_name) <= 300),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint,
  received_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  foreign key (client_id, result_id) references cash_result (client_id, id)
);
create index remittance_advice_receipt_idx on remittance_advice (client_id, receipt_id, id);
create index remittance_advice_key_idx on remittance_advice (client_id, source, receipt_key) where receipt_id is null;
create index remittance_advice_result_idx on remittance_advice (client_id, result_id);
call fence.client_table('remittance_advice', 'cash');

create table remittance_line (
  client_id uuid not null,
  id uuid not null,
  advice_id uuid not null,
  place int not null check (place >= 0),
  -- As it was written; null where only an amount was told.
  reference text check (length(reference) between 1 and 140),
  paid_minor bigint,
  discount_minor bigint,
  -- [{ amountMinor, code, codeList, text }], minor units as text, above zero where they lower the payment.
  deductions jsonb not null check (jsonb_typeof(deductions) = 'array'),
  primary key (client_id, id),
  foreign key (client_id, advice_id) references remittance_advice (client_id, id)
);
create unique index remittance_line_place_key on remittance_line (client_id, advice_id, place);
call fence.client_table('remittance_line', 'cash');

grant select, insert on cash_result, remittance_line to quittance_app;
grant select, insert, update on cash_instruction, remittance_advice to quittance_app;
