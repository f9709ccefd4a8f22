-- Staging: by which steps each unpaid invoice is followed up, how far it has come, and what stops it.

alter table policy_version
  drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
    check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING'));

-- What somebody stopped by hand: the stages of one item, of all items of one customer, or of the whole client.
create table stage_hold (
  client_id uuid not null references client (id),
  id uuid not null,
  open_item_id uuid,
  customer_id uuid,
  reason text not null check (reason in ('DISPUTE', 'PROMISE', 'PLAN', 'UNAPPLIED_CASH', 'CLIENT_HOLD', 'LEGAL', 'RESTRICTED_COUNTRY', 'INSOLVENCY', 'RESTATEMENT')),
  note text not null check (length(note) between 1 and 500),
  -- The last day on which it holds; null until somebody lifts it.
  until_on date,
  principal_id uuid not null,
  -- As it was then: whoever works on a client need not be able to read its directory.
  principal_name text not null,
  created_at timestamptz not null,
  lifted_at timestamptz,
  lifted_by_name text,
  lifted_reason text check (length(lifted_reason) between 1 and 500),
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  check (num_nonnulls(open_item_id, customer_id) < 2),
  check ((lifted_at is null) = (lifted_by_name is null) and (lifted_at is null) = (lifted_reason is null))
);
create index stage_hold_item_idx on stage_hold (client_id, open_item_id) where open_item_id is not null and lifted_at is null;
create index stage_hold_customer_idx on stage_hold (client_id, customer_id) where customer_id is not null and lifted_at is null;
create index stage_hold_client_idx on stage_hold (client_id) where open_item_id is null and customer_id is null and lifted_at is null;
call fence.client_table('stage_hold', 'work');
grant select, insert on stage_hold to quittance_app;
-- Set anew when it is lifted, and when its customer gets a number.
grant update (customer_id, lifted_at, lifted_by_name, lifted_reason, version) on stage_hold to quittance_app;

-- Append-only: what became of each stage of each item, and when its stages were held and went on.
create table stage_entry (
  client_id uuid not null,
  id uuid not null,
  open_item_id uuid not null,
  state text not null check (state in ('DONE', 'SKIPPED', 'MISSED', 'HELD', 'RESUMED', 'ENDED')),
  -- The step, by the ladder of that version; none where it is about all steps.
  code text check (code ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  label text check (length(label) between 1 and 100),
  level int check (level > 0),
  channel text check (channel in ('CALL', 'EMAIL', 'LETTER', 'TASK')),
  ladder_version int not null check (ladder_version >= 0),
  happened_on date not null,
  -- The day on which the step was due, and whether it was done by the end of its grace.
  due_on date,
  is_on_time boolean check ((is_on_time is null) = (state <> 'DONE')),
  -- What held it, or why it was skipped, done by hand or ended.
  hold_reasons jsonb check ((hold_reasons is null) = (state <> 'HELD') and jsonb_typeof(hold_reasons) = 'array'),
  reason text check (length(reason) between 1 and 500),
  -- The call or the notice by which it was done.
  activity_id uuid,
  notice_id uuid,
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, activity_id) references activity (client_id, id),
  check (num_nulls(code, label, level, channel) = case when state in ('DONE', 'SKIPPED', 'MISSED') then 0 else 4 end),
  check (num_nonnulls(activity_id, notice_id) < 2)
);
create index stage_entry_item_idx on stage_entry (client_id, open_item_id, id);
-- A step is done once, however many try.
create unique index stage_entry_step_key on stage_entry (client_id, open_item_id, code, state) where code is not null;
create index stage_entry_due_idx on stage_entry (client_id, due_on) where code is not null;
create index stage_entry_held_idx on stage_entry (client_id, happened_on) where state = 'HELD';
call fence.client_table('stage_entry', 'work');
grant select, insert on stage_entry to quittance_app;

-- Where each open item stands: only what follows from the facts, kept so that the list of due stages is one walk of an index.
create table item_stage (
  client_id uuid not null,
  open_item_id uuid not null,
  customer_id uuid not null,
  ladder_version int not null check (ladder_version >= 0),
  -- The place of the highest step that lies behind, 0 before the first.
  level int not null check (level >= 0),
  -- { code, label, level, channel, needsApproval, template }; null where no step is left.
  next jsonb check (jsonb_typeof(next) = 'object'),
  channel text check (channel in ('CALL', 'EMAIL', 'LETTER', 'TASK')),
  due_on date,
  missed_on date,
  -- [{ reason, until, holdId }]
  holds jsonb not null check (jsonb_typeof(holds) = 'array'),
  is_held boolean not null,
  -- The day from which all this is different if no fact changes until then.
  changes_on date,
  version int not null default 1,
  primary key (client_id, open_item_id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  check (num_nulls(next, channel, due_on, missed_on) in (0, 4)),
  check (is_held = (holds <> '[]'))
);
create index item_stage_due_idx on item_stage (client_id, due_on, open_item_id) where not is_held;
create index item_stage_channel_idx on item_stage (client_id, channel, due_on, open_item_id) where not is_held;
create index item_stage_customer_idx on item_stage (client_id, customer_id);
create index item_stage_changes_idx on item_stage (client_id, changes_on) where changes_on is not null;
call fence.client_table('item_stage', 'work');
grant select, insert, update, delete on item_stage to quittance_app;
