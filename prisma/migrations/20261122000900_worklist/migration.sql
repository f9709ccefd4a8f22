-- The queue of a delivery team, kept by events: one row for each customer with work, best first.

create table work_item (
  client_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('COLLECTION')),
  customer_id uuid not null,
  -- A row that left the queue stays, so that its id means the same work when it returns.
  is_queued boolean not null,
  score int not null check (score between 0 and 1000),
  strategy_version int not null,
  -- [{ code, label, input, points, weight }]; the points add up to the score.
  factors jsonb not null check (jsonb_typeof(factors) = 'array'),
  -- [{ currency, open, overdue, toBeCollected }] in minor units as text.
  amounts jsonb not null check (jsonb_typeof(amounts) = 'array'),
  overdue_days int not null,
  item_count int not null,
  scored_on date not null,
  queued_at timestamptz not null,
  updated_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
create unique index work_item_customer_key on work_item (client_id, kind, customer_id);
-- The hot list is one walk of this index for each client.
create index work_item_queue_idx on work_item (client_id, score desc, id) where is_queued;
create index work_item_scored_idx on work_item (client_id, scored_on) where is_queued;
call fence.client_table('work_item', 'work');

-- The queue's money by customer and currency, so that a total is a sum and not a walk through documents.
create table work_amount (
  client_id uuid not null,
  work_item_id uuid not null,
  currency char(3) not null,
  open_minor bigint not null,
  overdue_minor bigint not null,
  to_be_collected_minor bigint not null,
  primary key (client_id, work_item_id, currency),
  foreign key (client_id, work_item_id) references work_item (client_id, id)
);
call fence.client_table('work_amount', 'work');

-- The client's day for which its queue was last scored.
create table work_day (
  client_id uuid primary key references client (id),
  day date not null
);
call fence.client_table('work_day', 'work');

grant select, insert, update on work_item, work_day to quittance_app;
grant select, insert, update, delete on work_amount to quittance_app;
