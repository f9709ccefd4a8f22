-- Notices: what is sent to customers about their open items, by mail or by letter, and the very bytes that were sent.

alter table policy_version
  drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
    check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE'));

-- Where letters go: the lines below the name.
alter table contact
  add column postal_address text,
  add constraint contact_postal_address_check check (length(postal_address) between 1 and 500);

create table notice (
  client_id uuid not null,
  id uuid not null,
  customer_id uuid not null,
  contact_id uuid not null,
  channel text not null check (channel in ('EMAIL', 'LETTER')),
  -- That of the highest level among the lines that are left, of the version of the policy by which it was proposed.
  template_code text not null check (template_code ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  level int not null check (level between 0 and 9),
  policy_version int not null check (policy_version >= 0),
  state text not null check (state in ('PROPOSED', 'APPROVED', 'SENDING', 'SENT', 'FAILED', 'WITHDRAWN', 'REJECTED')),
  needs_approval boolean not null,
  -- By the service itself, out of rules; by hand otherwise.
  is_automatic boolean not null,
  principal_id uuid not null,
  principal_name text not null,
  proposed_at timestamptz not null,
  approved_by_id uuid,
  approved_by text,
  approved_at timestamptz,
  -- Why an approved one is not sent yet, and when it is tried again.
  wait_reason text,
  waits_until timestamptz,
  -- How often it was handed to a mail server, and how often it was asked for anew after it failed.
  attempts int not null default 0 check (attempts >= 0),
  round int not null default 1 check (round > 0),
  -- It was handed over, and nobody knows whether it was taken: only the same bytes may follow.
  is_uncertain boolean not null default false,
  -- Under which the mail goes, however often it is handed over.
  message_id text,
  -- SHA-256 of what is sent, as hexadecimal digits: see notice_document.
  document_hash text check (document_hash ~ '^[0-9a-f]{64}$'),
  -- The client's day on which it was begun to be sent.
  sent_on date,
  sent_at timestamptz,
  failure text check (failure in ('UNREACHABLE', 'UNPRINTABLE', 'REFUSED', 'UNCERTAIN', 'EXHAUSTED', 'BOUNCED')),
  failure_reason text,
  -- Why it was rejected, or nothing of it was sent.
  end_reason text,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, contact_id) references contact (client_id, id),
  constraint notice_maker check (is_automatic or not needs_approval or approved_by_id is null or approved_by_id <> principal_id),
  constraint notice_wait check ((wait_reason is null) = (waits_until is null)),
  constraint notice_failure check ((failure is null) = (failure_reason is null) and (failure is not null) = (state = 'FAILED')),
  constraint notice_sent check ((sent_at is null) or state in ('SENT', 'FAILED')),
  constraint notice_sending check (state not in ('SENDING', 'SENT') or (document_hash is not null and sent_on is not null))
);
-- One that is not over, and one sent on a day, for each contact and channel: whatever proposes, nobody hears twice.
create unique index notice_live_key on notice (client_id, contact_id, channel) where state in ('PROPOSED', 'APPROVED', 'SENDING');
create unique index notice_day_key on notice (client_id, contact_id, channel, sent_on) where sent_on is not null and state <> 'FAILED';
create index notice_state_idx on notice (client_id, state, id);
create index notice_customer_idx on notice (client_id, customer_id, id);
call fence.client_table('notice', 'work');

create table notice_line (
  client_id uuid not null,
  notice_id uuid not null,
  open_item_id uuid not null,
  -- Its own, which may be lower than that of the notice.
  template_code text not null check (template_code ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  level int not null check (level between 0 and 9),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  -- What was open when it was proposed, and when it was sent.
  proposed_minor bigint not null check (proposed_minor > 0),
  sent_minor bigint check (sent_minor > 0),
  -- Why it is not asked for any more.
  withdrawn_reason text check (withdrawn_reason ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  withdrawn_at timestamptz,
  -- Who proposed it, and may therefore not approve it.
  principal_id uuid not null,
  is_automatic boolean not null,
  primary key (client_id, notice_id, open_item_id),
  foreign key (client_id, notice_id) references notice (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  constraint notice_line_withdrawn check ((withdrawn_reason is null) = (withdrawn_at is null) and (withdrawn_reason is null or sent_minor is null))
);
create index notice_line_open_item_idx on notice_line (client_id, open_item_id);
call fence.client_table('notice_line', 'work');

-- What was sent, byte by byte, and what it says. Nothing here is ever changed.
create table notice_document (
  client_id uuid not null,
  id uuid not null,
  notice_id uuid not null,
  kind text not null check (kind in ('MAIL', 'LETTER')),
  hash bytea not null check (length(hash) = 32),
  bytes bytea not null,
  content jsonb not null,
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, notice_id) references notice (client_id, id)
);
create unique index notice_document_hash_key on notice_document (client_id, notice_id, hash);
call fence.client_table('notice_document', 'work');

grant select, insert, update on notice, notice_line to quittance_app;
grant select, insert on notice_document to quittance_app;
