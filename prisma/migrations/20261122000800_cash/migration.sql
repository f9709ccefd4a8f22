-- Money that came in, and what it was put against.

create table receipt (
  client_id uuid not null references client (id),
  id uuid not null,
  legal_entity_id uuid,
  -- Null while nobody knows who paid.
  customer_id uuid,
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  applied_minor bigint not null check (applied_minor >= 0),
  unapplied_minor bigint not null check (unapplied_minor >= 0),
  unidentified_minor bigint not null check (unidentified_minor >= 0),
  value_on date not null,
  reference text not null check (length(reference) between 1 and 140),
  payer_name text check (length(payer_name) <= 300),
  principal_id uuid not null,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, legal_entity_id) references legal_entity (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  constraint receipt_buckets check (amount_minor = applied_minor + unapplied_minor + unidentified_minor),
  constraint receipt_customer check (
    case when customer_id is null then applied_minor = 0 and unapplied_minor = 0 else unidentified_minor = 0 end
  )
);
create index receipt_value_idx on receipt (client_id, value_on, id);
create index receipt_customer_idx on receipt (client_id, customer_id, value_on, id);
call fence.client_table('receipt', 'cash');

-- Append-only: an application is never changed; what undoes it will be a row of its own.
create table application (
  client_id uuid not null,
  id uuid not null,
  receipt_id uuid not null,
  open_item_id uuid not null,
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor > 0),
  applied_on date not null,
  principal_id uuid not null,
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id)
);
create index application_receipt_idx on application (client_id, receipt_id, id);
create index application_open_item_idx on application (client_id, open_item_id, id);
call fence.client_table('application', 'cash');

grant select, insert, update on receipt to quittance_app;
grant select, insert on application to quittance_app;
