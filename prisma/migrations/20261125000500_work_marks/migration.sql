-- What people decide about work by hand: who holds it, until when it rests, that it comes first, when to call back. They
-- are facts of their own beside the queue, which is only what follows from facts: a rebuilt queue has them as before.

create table work_mark (
  client_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('CLAIM', 'SNOOZE', 'PIN', 'CALLBACK')),
  -- What the work is about, as of the work item: a customer, or a receipt.
  customer_id uuid,
  receipt_id uuid,
  set_at timestamptz not null,
  -- The end of a claim, a snooze or a pin; the time of a callback.
  ends_at timestamptz not null check (ends_at > set_at),
  -- In whose time a callback was agreed.
  time_zone text check ((time_zone is null) = (kind <> 'CALLBACK')),
  note text not null check (length(note) <= 500),
  principal_id uuid not null,
  -- As it was then: whoever works on a client need not be able to read its directory.
  principal_name text not null,
  -- The queue shows that its time has come: of a callback alone, everything else is gone then.
  is_due boolean not null default false check (not is_due or kind = 'CALLBACK'),
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  check (num_nonnulls(customer_id, receipt_id) = 1)
);
create unique index work_mark_customer_key on work_mark (client_id, customer_id, kind) where customer_id is not null;
create unique index work_mark_receipt_key on work_mark (client_id, receipt_id, kind) where receipt_id is not null;
create index work_mark_kind_idx on work_mark (client_id, kind, ends_at, id);
create index work_mark_due_idx on work_mark (client_id, ends_at) where not is_due;
call fence.client_table('work_mark', 'work');
grant select, insert, update, delete on work_mark to quittance_app;

-- A pin and a callback that is due add a thousand each to what the facts give.
alter table work_item drop constraint work_item_score_check, add constraint work_item_score_check check (score between 0 and 3000);
