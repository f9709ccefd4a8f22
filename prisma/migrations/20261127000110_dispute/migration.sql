-- Disputes: cases about what customers do not accept of open items. The amounts of a case, and of each item in it, are sums
-- of dispute_movement, which is never changed; the checks below hold them together.

alter table policy_version drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
  check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE', 'ESCALATION', 'EVIDENCE', 'APPROVAL', 'DISPUTE'));
alter table approval_request drop constraint approval_request_action_check,
  add constraint approval_request_action_check check (action in ('PAYMENT_PLAN', 'DISPUTE_RESOLUTION')),
  -- A dispute may end without that anything is given.
  drop constraint approval_request_amount_minor_check,
  add constraint approval_request_amount_minor_check check (amount_minor >= 0);

-- An item is disputed if its ledger says so, or if a case holds a part of it that is not to be collected meanwhile. Everybody
-- who asks reads what the database makes of both.
alter table open_item rename column is_disputed to ledger_is_disputed;
alter table open_item
  add column case_disputed_minor bigint not null default 0 check (case_disputed_minor >= 0);
alter table open_item
  add column is_disputed boolean generated always as (ledger_is_disputed or case_disputed_minor > 0) stored,
  -- How much of what is open: all of it, by the ledger's word.
  add column disputed_minor bigint generated always as (
    case when ledger_is_disputed then open_minor else least(case_disputed_minor, greatest(open_minor, 0)) end) stored;

create table dispute (
  client_id uuid not null references client (id),
  id uuid not null,
  customer_id uuid not null,
  currency char(3) not null,
  state text not null check (state in ('OPEN', 'TRIAGED', 'IN_REVIEW', 'PENDING_CUSTOMER', 'PENDING_INTERNAL', 'PENDING_CLIENT',
    'PROPOSED_RESOLUTION', 'APPROVED', 'AWAITING_POSTING', 'RESOLVED', 'CLOSED', 'VOIDED', 'REOPENED')),
  title text not null check (length(title) between 1 and 200),
  -- Codes of the client, by the rules that are named below; with what they said when it was triaged.
  reason_code text check (reason_code ~ '^[A-Z0-9][A-Z0-9_-]{0,31}$'),
  category text check (length(category) between 1 and 40),
  department text check (length(department) between 1 and 100),
  root_cause text check (root_cause ~ '^[A-Z0-9][A-Z0-9_-]{0,31}$'),
  priority text not null check (priority in ('LOW', 'NORMAL', 'HIGH', 'URGENT')),
  -- Whether its items are asked for while it lasts.
  is_collected boolean not null,
  policy_version int not null check (policy_version >= 0),
  -- Who steers it, and who works on it now: a person or a team, with the name as it was when they got it.
  coordinator_kind text not null check (coordinator_kind in ('PERSON', 'TEAM')),
  coordinator_id uuid not null,
  coordinator_name text not null,
  processor_kind text check (processor_kind in ('PERSON', 'TEAM')),
  processor_id uuid,
  processor_name text,
  -- The last day at the client on which it is in time.
  deadline_on date not null,
  escalated_at timestamptz,
  escalation_reason text check (length(escalation_reason) between 1 and 500),
  contact_id uuid,
  external_reference text check (length(external_reference) between 1 and 100),
  original_minor bigint not null default 0,
  disputed_minor bigint not null default 0 check (disputed_minor >= 0),
  paid_minor bigint not null default 0 check (paid_minor >= 0),
  credited_minor bigint not null default 0 check (credited_minor >= 0),
  cleared_manually_minor bigint not null default 0 check (cleared_manually_minor >= 0),
  cleared_automatically_minor bigint not null default 0 check (cleared_automatically_minor >= 0),
  -- How it is to end, as proposed; how much of it is given in, of what is disputed.
  outcome text check (outcome in ('CREDIT_MEMO', 'REBILL', 'CUSTOMER_PAYS', 'PARTIAL_CREDIT', 'WRITE_OFF', 'OFFSET', 'WITHDRAWN', 'DUPLICATE')),
  resolution_minor bigint check (resolution_minor >= 0),
  resolution_note text check (length(resolution_note) between 1 and 4000),
  split_from_id uuid,
  reopened int not null default 0 check (reopened >= 0),
  opened_by_id uuid not null,
  opened_by_name text not null,
  opened_at timestamptz not null,
  ended_at timestamptz check ((ended_at is null) = (state not in ('CLOSED', 'VOIDED'))),
  end_reason text check (length(end_reason) between 1 and 500),
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, contact_id) references contact (client_id, id),
  foreign key (client_id, split_from_id) references dispute (client_id, id),
  constraint dispute_amounts_check
    check (original_minor = disputed_minor + paid_minor + credited_minor + cleared_manually_minor + cleared_automatically_minor),
  check (num_nonnulls(processor_kind, processor_id, processor_name) in (0, 3)),
  check (num_nonnulls(outcome, resolution_minor, resolution_note) in (0, 3)),
  check (num_nonnulls(escalated_at, escalation_reason) in (0, 2))
);
create index dispute_state_idx on dispute (client_id, state, id desc);
create index dispute_customer_idx on dispute (client_id, customer_id, id desc);
create index dispute_processor_idx on dispute (client_id, processor_id, id desc) where processor_id is not null;
create index dispute_deadline_idx on dispute (client_id, deadline_on, id) where ended_at is null;
call fence.client_table('dispute', 'work');
grant select, insert, update on dispute to quittance_app;

create table dispute_item (
  client_id uuid not null,
  id uuid not null,
  dispute_id uuid not null,
  open_item_id uuid not null,
  -- The case is not over and the item was not taken out: one case at a time can say so of an item.
  is_live boolean not null,
  -- What was open of it when the case last looked; what is beyond the disputed amount is not disputed.
  seen_open_minor bigint not null check (seen_open_minor >= 0),
  original_minor bigint not null,
  disputed_minor bigint not null check (disputed_minor >= 0),
  paid_minor bigint not null check (paid_minor >= 0),
  credited_minor bigint not null check (credited_minor >= 0),
  cleared_manually_minor bigint not null check (cleared_manually_minor >= 0),
  cleared_automatically_minor bigint not null check (cleared_automatically_minor >= 0),
  primary key (client_id, id),
  foreign key (client_id, dispute_id) references dispute (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  constraint dispute_item_amounts_check
    check (original_minor = disputed_minor + paid_minor + credited_minor + cleared_manually_minor + cleared_automatically_minor),
  check (disputed_minor <= seen_open_minor or not is_live)
);
create unique index dispute_item_key on dispute_item (client_id, dispute_id, open_item_id);
create unique index dispute_item_live_key on dispute_item (client_id, open_item_id) where is_live;
call fence.client_table('dispute_item', 'work');
grant select, insert, update on dispute_item to quittance_app;

-- What moved the amounts: INCLUDED changes what the case is about, the others what became of it. Below zero: taken back.
create table dispute_movement (
  client_id uuid not null,
  id uuid not null,
  dispute_id uuid not null,
  open_item_id uuid not null,
  kind text not null check (kind in ('INCLUDED', 'PAID', 'CREDITED', 'CLEARED_MANUALLY', 'CLEARED_AUTOMATICALLY')),
  amount_minor bigint not null check (amount_minor <> 0),
  cause text not null check (cause in ('OPENED', 'ADDED', 'REMOVED', 'SPLIT', 'RELEASED', 'VOIDED', 'REOPENED', 'CASH', 'LEDGER')),
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, dispute_id) references dispute (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id)
);
create index dispute_movement_dispute_idx on dispute_movement (client_id, dispute_id, id);
call fence.client_table('dispute_movement', 'work');
grant select, insert on dispute_movement to quittance_app;

-- What became of a case.
create table dispute_change (
  client_id uuid not null,
  id uuid not null,
  dispute_id uuid not null,
  version int not null,
  move text not null check (move in ('open', 'triage', 'startReview', 'awaitParty', 'proposeResolution', 'approveResolution',
    'rejectResolution', 'awaitPosting', 'settle', 'unsettle', 'close', 'void', 'reopen', 'split', 'changeItems', 'assign', 'escalate')),
  state_before text,
  state text not null check (state in ('OPEN', 'TRIAGED', 'IN_REVIEW', 'PENDING_CUSTOMER', 'PENDING_INTERNAL', 'PENDING_CLIENT',
    'PROPOSED_RESOLUTION', 'APPROVED', 'AWAITING_POSTING', 'RESOLVED', 'CLOSED', 'VOIDED', 'REOPENED')),
  note text not null check (length(note) <= 4000),
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, dispute_id) references dispute (client_id, id)
);
create index dispute_change_dispute_idx on dispute_change (client_id, dispute_id, version);
call fence.client_table('dispute_change', 'work');
grant select, insert on dispute_change to quittance_app;

alter table comment add foreign key (client_id, dispute_id) references dispute (client_id, id);

alter table evidence_link add column dispute_id uuid,
  add foreign key (client_id, dispute_id) references dispute (client_id, id),
  drop constraint evidence_link_check,
  add constraint evidence_link_check
    check (num_nonnulls(customer_id, open_item_id, receipt_id, deduction_id, promise_id, plan_id, dispute_id) = 1);
create unique index evidence_link_dispute_key on evidence_link (client_id, dispute_id, evidence_id) where dispute_id is not null and detached_at is null;
