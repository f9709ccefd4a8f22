-- Master data of a client: its companies, its customers, whom to call, and on which terms they pay.

create table legal_entity (
  client_id uuid not null references client (id),
  id uuid not null,
  code text not null check (length(code) between 1 and 40),
  name text not null check (length(name) between 1 and 200),
  created_at timestamptz not null,
  primary key (client_id, id)
);
create unique index legal_entity_code_key on legal_entity (client_id, code);
call fence.client_table('legal_entity', 'client');

create table payment_terms (
  client_id uuid not null references client (id),
  id uuid not null,
  code text not null check (length(code) between 1 and 40),
  -- How a due date follows from a document date; null while the ledger has only told the code.
  rule jsonb check (jsonb_typeof(rule) = 'object'),
  created_at timestamptz not null,
  primary key (client_id, id)
);
create unique index payment_terms_code_key on payment_terms (client_id, code);
call fence.client_table('payment_terms', 'customer');

create table customer (
  client_id uuid not null references client (id),
  id uuid not null,
  -- The client's own number for the customer, leading zeros and all. Null while only a name is known.
  number text check (length(number) between 1 and 60),
  name text not null check (length(name) between 1 and 300),
  parent_id uuid,
  bill_to_id uuid,
  country_code char(2) check (country_code ~ '^[A-Z]{2}$'),
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, parent_id) references customer (client_id, id),
  foreign key (client_id, bill_to_id) references customer (client_id, id),
  check (parent_id <> id),
  check (bill_to_id <> id)
);
create unique index customer_number_key on customer (client_id, number);
-- A customer known by name alone is one customer for each spelling.
create unique index customer_unnumbered_key on customer (client_id, name) where number is null;
create index customer_name_idx on customer (client_id, name, id);
create index customer_parent_idx on customer (client_id, parent_id);
create index customer_bill_to_idx on customer (client_id, bill_to_id);
call fence.client_table('customer', 'customer');

-- Every spelling under which a customer's number came.
create table customer_alias (
  client_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  name text not null check (length(name) between 1 and 300),
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
create unique index customer_alias_key on customer_alias (client_id, customer_id, name);
create index customer_alias_name_idx on customer_alias (client_id, name);
call fence.client_table('customer_alias', 'customer');

create table contact (
  client_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  name text not null check (length(name) between 1 and 200),
  role text check (length(role) <= 100),
  email text check (length(email) <= 320),
  phone text check (length(phone) <= 60),
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
create index contact_customer_idx on contact (client_id, customer_id, name, id);
call fence.client_table('contact', 'customer');

grant select, insert, update on legal_entity, payment_terms, customer, contact to quittance_app;
grant select, insert, delete on customer_alias to quittance_app;
grant delete on customer to quittance_app;
