-- Documents that stand for something: what they are, what they hang on, and where their bytes are. The bytes themselves
-- lie in a store of documents outside of the database, once for each client and content.

alter table policy_version drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
  check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE', 'ESCALATION', 'EVIDENCE'));

alter table event drop constraint event_area_check,
  add constraint event_area_check
  check (area in ('client', 'customer', 'receivable', 'cash', 'work', 'intake', 'directory', 'sla', 'evidence'));

-- The bytes of documents, once for each content. A row is there before its bytes are, and still when they are gone, so
-- nothing lies in the store that no row knows. Bytes that come again after they were removed are another row, under
-- another name: whoever removes the old ones, however late, cannot meet the new ones.
create table evidence_content (
  client_id uuid not null references client (id),
  id uuid not null,
  sha256 bytea not null check (length(sha256) = 32),
  size_bytes int not null check (size_bytes > 0),
  state text not null check (state in ('EXPECTED', 'KEPT', 'REMOVING', 'REMOVED')),
  -- When it came into its state, or was last sent.
  since timestamptz not null,
  primary key (client_id, id)
);
create unique index evidence_content_key on evidence_content (client_id, sha256) where state in ('EXPECTED', 'KEPT');
create index evidence_content_state_idx on evidence_content (client_id, state, since, id) where state in ('EXPECTED', 'REMOVING');
call fence.client_table('evidence_content', 'evidence');
grant select, insert, update (state, since) on evidence_content to quittance_app;

create table evidence (
  client_id uuid not null references client (id),
  id uuid not null,
  content_id uuid not null,
  -- A code of the client, by the rules that are named below.
  type text not null check (type ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  file_name text not null check (length(file_name) between 1 and 150),
  -- What the bytes are, whatever the sender called them.
  media_type text not null,
  size_bytes int not null check (size_bytes > 0),
  sha256 bytea not null check (length(sha256) = 32),
  -- Where it came from, in the sender's words.
  source text not null check (length(source) between 1 and 100),
  scan text not null check (scan in ('NOT_SCANNED', 'CLEAN')),
  policy_version int not null check (policy_version >= 0),
  -- The last day on which its bytes are kept, unless it is held.
  retain_until date not null,
  principal_id uuid not null,
  principal_name text not null,
  created_at timestamptz not null,
  held_at timestamptz,
  held_by text,
  hold_reason text check (length(hold_reason) between 1 and 500),
  withdrawn_at timestamptz,
  withdrawn_by text,
  withdrawal_reason text check (length(withdrawal_reason) between 1 and 500),
  -- Its bytes are gone since then.
  removed_at timestamptz,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, content_id) references evidence_content (client_id, id),
  check (num_nonnulls(held_at, held_by, hold_reason) in (0, 3)),
  check (num_nonnulls(withdrawn_at, withdrawn_by, withdrawal_reason) in (0, 3)),
  check (held_at is null or removed_at is null)
);
create index evidence_content_of_idx on evidence (client_id, content_id);
create index evidence_type_idx on evidence (client_id, type, id desc);
create index evidence_retention_idx on evidence (client_id, retain_until, id) where removed_at is null and held_at is null;
call fence.client_table('evidence', 'evidence');
grant select, insert on evidence to quittance_app;
-- A document is held, withdrawn and outlived, never changed.
grant update (held_at, held_by, hold_reason, withdrawn_at, withdrawn_by, withdrawal_reason, removed_at, version) on evidence to quittance_app;

-- What a document hangs on. Another kind of subject is another column here, and in the check.
create table evidence_link (
  client_id uuid not null,
  id uuid not null,
  evidence_id uuid not null,
  customer_id uuid,
  open_item_id uuid,
  receipt_id uuid,
  deduction_id uuid,
  promise_id uuid,
  plan_id uuid,
  principal_id uuid not null,
  principal_name text not null,
  created_at timestamptz not null,
  detached_at timestamptz,
  detached_by text,
  detach_reason text check (length(detach_reason) between 1 and 500),
  primary key (client_id, id),
  foreign key (client_id, evidence_id) references evidence (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  foreign key (client_id, deduction_id) references deduction (client_id, id),
  foreign key (client_id, promise_id) references promise_to_pay (client_id, id),
  foreign key (client_id, plan_id) references payment_plan (client_id, id),
  check (num_nonnulls(customer_id, open_item_id, receipt_id, deduction_id, promise_id, plan_id) = 1),
  check (num_nonnulls(detached_at, detached_by, detach_reason) in (0, 3))
);
create index evidence_link_evidence_idx on evidence_link (client_id, evidence_id, id);
-- Once at a time, and the list of each subject, the latest document first.
create unique index evidence_link_customer_key on evidence_link (client_id, customer_id, evidence_id) where customer_id is not null and detached_at is null;
create unique index evidence_link_open_item_key on evidence_link (client_id, open_item_id, evidence_id) where open_item_id is not null and detached_at is null;
create unique index evidence_link_receipt_key on evidence_link (client_id, receipt_id, evidence_id) where receipt_id is not null and detached_at is null;
create unique index evidence_link_deduction_key on evidence_link (client_id, deduction_id, evidence_id) where deduction_id is not null and detached_at is null;
create unique index evidence_link_promise_key on evidence_link (client_id, promise_id, evidence_id) where promise_id is not null and detached_at is null;
create unique index evidence_link_plan_key on evidence_link (client_id, plan_id, evidence_id) where plan_id is not null and detached_at is null;
call fence.client_table('evidence_link', 'evidence');
grant select, insert on evidence_link to quittance_app;
grant update (customer_id, detached_at, detached_by, detach_reason) on evidence_link to quittance_app;
