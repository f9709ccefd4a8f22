-- Payment plans: what a customer pays of several items, in installments, while nothing else is asked for.

create table payment_plan (
  client_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  amount_minor bigint not null check (amount_minor > 0),
  paid_minor bigint not null default 0 check (paid_minor between 0 and amount_minor),
  state text not null
    check (state in ('PROPOSED', 'CUSTOMER_ACCEPTED', 'APPROVED', 'ACTIVE', 'COMPLETED', 'DEFAULTED', 'CANCELLED')),
  -- The terms of the client's policy when it was proposed.
  grace_business_days int not null check (grace_business_days >= 0),
  missed_to_default int not null check (missed_to_default > 0),
  days_late_to_default int not null check (days_late_to_default > 0),
  accelerate boolean not null,
  policy_version int not null check (policy_version >= 0),
  -- Installments that are overdue and not paid; and the last day through which the plan is kept if nothing more is paid.
  missed int not null default 0 check (missed >= 0),
  current_until date,
  -- A default made everything due that the plan covers.
  is_accelerated boolean not null default false,
  accepted_by text check (length(accepted_by) between 1 and 200),
  accepted_at timestamptz,
  approved_by_id uuid,
  approved_at timestamptz,
  activated_at timestamptz,
  ended_at timestamptz,
  principal_id uuid not null,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  constraint payment_plan_maker check (approved_by_id is null or approved_by_id <> principal_id),
  constraint payment_plan_accelerated check (not is_accelerated or state = 'DEFAULTED')
);
create index payment_plan_state_idx on payment_plan (client_id, state, id);
create index payment_plan_customer_idx on payment_plan (client_id, customer_id, id);
create index payment_plan_current_idx on payment_plan (client_id, current_until) where state = 'ACTIVE';
call fence.client_table('payment_plan', 'work');

create table plan_item (
  client_id uuid not null,
  id uuid not null,
  plan_id uuid not null,
  open_item_id uuid not null,
  currency char(3) not null,
  -- What the plan covers of the item, and what was settled of that since it became active.
  amount_minor bigint not null check (amount_minor > 0),
  paid_minor bigint not null default 0 check (paid_minor between 0 and amount_minor),
  -- The item had this version when the plan became active.
  item_version int,
  primary key (client_id, id),
  foreign key (client_id, plan_id) references payment_plan (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id)
);
create unique index plan_item_key on plan_item (client_id, plan_id, open_item_id);
create index plan_item_open_item_idx on plan_item (client_id, open_item_id);
call fence.client_table('plan_item', 'work');

create table plan_installment (
  client_id uuid not null,
  id uuid not null,
  plan_id uuid not null,
  place int not null check (place > 0),
  due_on date not null,
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor > 0),
  paid_minor bigint not null default 0 check (paid_minor between 0 and amount_minor),
  paid_on date,
  -- The one item that it pays; null where it pays what is oldest.
  open_item_id uuid,
  primary key (client_id, id),
  foreign key (client_id, plan_id) references payment_plan (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  check ((paid_on is not null) = (paid_minor = amount_minor))
);
create unique index plan_installment_place_key on plan_installment (client_id, plan_id, place);
call fence.client_table('plan_installment', 'work');

grant select, insert, update on payment_plan, plan_item, plan_installment to quittance_app;

alter table policy_version drop constraint policy_version_kind_check;
alter table policy_version
  add constraint policy_version_kind_check check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN'));
