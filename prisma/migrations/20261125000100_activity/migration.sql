-- Calls, mails, letters and notes of collections work: what stands of each, and every wording it ever had.

alter table policy_version drop constraint policy_version_kind_check;
alter table policy_version add constraint policy_version_kind_check check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY'));

create table activity (
  client_id uuid not null references client (id),
  id uuid not null,
  customer_id uuid not null,
  kind text not null check (kind in ('CALL', 'MAIL', 'LETTER', 'NOTE')),
  -- Who began it; a note has no direction.
  direction text check (direction in ('INBOUND', 'OUTBOUND')),
  happened_at timestamptz not null,
  contact_id uuid,
  -- Codes of the client, by the rules that are named below.
  disposition text check (disposition ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  non_payment_reason text check (non_payment_reason ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  right_party text not null check (right_party in ('YES', 'NO', 'UNKNOWN')),
  -- What the disposition says of it; null where the client's rules do not know the disposition.
  is_reached boolean,
  -- Done by the service itself, without anybody's hand.
  is_automated boolean not null,
  summary text not null check (length(summary) <= 4000),
  -- The version of the client's rules it was judged by; 0 stands for the defaults.
  policy_version int not null check (policy_version >= 0),
  principal_id uuid not null,
  principal_name text not null,
  created_at timestamptz not null,
  version int not null default 1,
  primary key (client_id, id),
  foreign key (client_id, customer_id) references customer (client_id, id),
  foreign key (client_id, contact_id) references contact (client_id, id),
  check ((direction is null) = (kind = 'NOTE'))
);
create index activity_customer_idx on activity (client_id, customer_id, happened_at desc, id desc);
create index activity_happened_idx on activity (client_id, happened_at desc, id desc);
create index activity_kind_idx on activity (client_id, kind, happened_at desc, id desc);
create index activity_contact_idx on activity (client_id, contact_id);
call fence.client_table('activity', 'work');

-- Every wording, the one that stands included. Nothing here is ever changed.
create table activity_version (
  client_id uuid not null,
  id uuid not null,
  activity_id uuid not null,
  version int not null check (version > 0),
  happened_at timestamptz not null,
  contact_id uuid,
  disposition text check (disposition ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  non_payment_reason text check (non_payment_reason ~ '^[A-Z][A-Z0-9_]{0,39}$'),
  right_party text not null check (right_party in ('YES', 'NO', 'UNKNOWN')),
  is_reached boolean,
  summary text not null check (length(summary) <= 4000),
  policy_version int not null check (policy_version >= 0),
  -- Why it was corrected; null of the first wording.
  reason text check (length(reason) between 1 and 500),
  principal_id uuid not null,
  principal_name text not null,
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, activity_id) references activity (client_id, id),
  foreign key (client_id, contact_id) references contact (client_id, id),
  check ((reason is null) = (version = 1))
);
create unique index activity_version_key on activity_version (client_id, activity_id, version);
call fence.client_table('activity_version', 'work');

-- The open items that a wording is about.
create table activity_item (
  client_id uuid not null,
  version_id uuid not null,
  open_item_id uuid not null,
  primary key (client_id, version_id, open_item_id),
  foreign key (client_id, version_id) references activity_version (client_id, id),
  foreign key (client_id, open_item_id) references open_item (client_id, id)
);
create index activity_item_open_item_idx on activity_item (client_id, open_item_id);
call fence.client_table('activity_item', 'work');

grant select, insert on activity, activity_version, activity_item to quittance_app;
-- A correction says anew what happened, never who told it first, of which kind it was, or that it was.
grant update (customer_id, happened_at, contact_id, disposition, non_payment_reason, right_party, is_reached, summary, policy_version, version)
  on activity to quittance_app;
