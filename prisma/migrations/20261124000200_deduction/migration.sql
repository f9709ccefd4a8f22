-- What customers paid less than they owe, and why they say so.

create table deduction (
  client_id uuid not null,
  id uuid not null,
  receipt_id uuid not null,
  -- The settlement that was short: when it is undone, so is this.
  settlement_id uuid not null,
  open_item_id uuid not null,
  customer_id uuid not null,
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  -- What the payer wrote, kept as it came, and the list it is from.
  customer_code text check (length(customer_code) between 1 and 60),
  code_list text check (length(code_list) between 1 and 20),
  -- The client's own reason; UNKNOWN until somebody or something knows.
  reason_code text not null check (length(reason_code) between 1 and 40),
  text text check (length(text) <= 500),
  state text not null check (state in ('IDENTIFIED', 'CODED', 'VOIDED')),
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
create index deduction_settlement_idx on deduction (client_id, settlement_id);
create index deduction_receipt_idx on deduction (client_id, receipt_id, id);
create index deduction_item_idx on deduction (client_id, open_item_id) where state <> 'VOIDED';
create index deduction_customer_idx on deduction (client_id, customer_id, id);
call fence.client_table('deduction', 'receivable');
grant select, insert, update on deduction to quittance_app;
