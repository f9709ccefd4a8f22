-- Open items: everything with an open amount, and what became of it.

create table open_item (
  client_id uuid not null,
  id uuid not null,
  legal_entity_id uuid not null,
  customer_id uuid not null,
  -- The name that stood for the customer where its row had no number: who is meant is asked anew when a number brings that name.
  customer_name text check (length(customer_name) between 1 and 300),
  kind text not null check (kind in ('INVOICE', 'DEBIT_MEMO', 'CREDIT_MEMO')),
  number text not null check (length(number) between 1 and 60),
  -- The system the item lives in, and its key there.
  source text not null check (length(source) between 1 and 40),
  source_key text not null check (length(source_key) between 1 and 200),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  original_minor bigint not null,
  -- Open by the ledger's last word.
  ledger_open_minor bigint not null,
  -- Applied here, not yet seen in the ledger.
  pending_minor bigint not null default 0,
  open_minor bigint not null,
  is_disputed boolean not null default false,
  document_on date not null,
  due_on date not null,
  payment_terms_id uuid,
  closed_on date,
  version int not null default 1,
  -- Of the values the source last gave, so that an unchanged row costs nothing.
  source_hash bytea not null check (length(source_hash) = 32),
  batch_id uuid not null,
  batch_row int not null check (batch_row > 0),
  created_at timestamptz not null,
  updated_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, legal_entity_id) references legal_entity (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, payment_terms_id) references payment_terms (client_id, id),
  foreign key (client_id, batch_id) references import_batch (client_id, id),
  constraint open_item_amounts check (open_minor = ledger_open_minor - pending_minor),
  constraint open_item_closed check ((open_minor = 0) = (closed_on is not null)),
  constraint open_item_sign check (
    case when kind = 'CREDIT_MEMO' then original_minor <= 0 and open_minor <= 0 else original_minor >= 0 and open_minor >= 0 end
  )
);
create unique index open_item_source_key on open_item (client_id, source, source_key);
create index open_item_customer_idx on open_item (client_id, customer_id, due_on, id) where closed_on is null;
create index open_item_due_idx on open_item (client_id, due_on, id) where closed_on is null;
create index open_item_settled_idx on open_item (client_id, customer_id, closed_on) where closed_on is not null;
create index open_item_all_idx on open_item (client_id, due_on, id);
create index open_item_customer_all_idx on open_item (client_id, customer_id, due_on, id);
create index open_item_number_idx on open_item (client_id, number);
create index open_item_named_idx on open_item (client_id, customer_name) where customer_name is not null;
create index open_item_batch_idx on open_item (client_id, batch_id);
call fence.client_table('open_item', 'receivable');

create table open_item_change (
  client_id uuid not null,
  id uuid not null,
  open_item_id uuid not null,
  version int not null,
  batch_id uuid not null,
  batch_row int not null check (batch_row > 0),
  -- { field: [before, after] }
  changes jsonb not null check (jsonb_typeof(changes) = 'object'),
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, batch_id) references import_batch (client_id, id)
);
create unique index open_item_change_version_key on open_item_change (client_id, open_item_id, version);
call fence.client_table('open_item_change', 'receivable');

grant select, insert, update on open_item to quittance_app;
grant select, insert on open_item_change to quittance_app;
