-- What customers promised to pay, item by item.

create table promise_to_pay (
  client_id uuid not null,
  id uuid not null,
  open_item_id uuid not null,
  customer_id uuid not null,
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor > 0),
  promised_on date not null,
  state text not null check (state in ('OPEN', 'WITHDRAWN')),
  principal_id uuid not null,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id)
);
-- One promise at a time for an item.
create unique index promise_to_pay_open_key on promise_to_pay (client_id, open_item_id) where state = 'OPEN';
create index promise_to_pay_customer_idx on promise_to_pay (client_id, customer_id, promised_on, id);
call fence.client_table('promise_to_pay', 'work');

grant select, insert, update on promise_to_pay to quittance_app;
