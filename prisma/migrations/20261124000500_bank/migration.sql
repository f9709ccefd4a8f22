-- What banks tell of an account and what payers tell of their payments, each entry as it came, and the receipts it became.

alter table import_batch add column kind text not null default 'LEDGER' check (kind in ('LEDGER', 'BANK'));
-- How fresh a client's ledger is: bank files say nothing of that.
drop index import_batch_applied_idx;
create index import_batch_applied_idx on import_batch (client_id, data_as_of) where state = 'APPLIED' and kind = 'LEDGER';

-- Messages by format, sender and name: one that is sent again is known by them.
create table bank_message (
  client_id uuid not null,
  message text not null check (length(message) between 1 and 500),
  -- The load that brought it first.
  batch_id uuid not null,
  primary key (client_id, message),
  foreign key (client_id, batch_id) references import_batch (client_id, id)
);
create index bank_message_batch_idx on bank_message (client_id, batch_id);
call fence.client_table('bank_message', 'cash');

create table bank_entry (
  client_id uuid not null references client (id),
  id uuid not null,
  batch_id uuid not null,
  -- The first line of it in the file.
  line int not null check (line > 0),
  -- SHA-256 of what names the entry, in whichever file it comes.
  entry_key bytea not null check (length(entry_key) = 32),
  -- The entry that this one tells more of: a notification with the payments behind the sum of a statement.
  repeats_id uuid,
  format text not null check (format in ('BAI2', 'MT940', 'MT942', 'CAMT_052', 'CAMT_053', 'CAMT_054', 'X12_820', 'X12_823', 'NACHA', 'CSV')),
  -- Whose account it is; null for an advice, which is about no account.
  account text check (length(account) between 1 and 100),
  currency char(3) not null check (currency ~ '^[A-Z]{3}$'),
  -- Never below zero: the direction says which way.
  amount_minor bigint not null check (amount_minor >= 0),
  direction text not null check (direction in ('CREDIT', 'DEBIT')),
  status text not null check (status in ('BOOKED', 'PENDING', 'INFORMATION', 'ADVISED')),
  is_reversal boolean not null,
  booked_on date,
  value_on date,
  type_code text check (length(type_code) between 1 and 100),
  bank_reference text check (length(bank_reference) between 1 and 200),
  payer_name text check (length(payer_name) <= 300),
  -- What bank and payer wrote, and the entry as it stood in the file.
  text text not null check (length(text) <= 8000),
  raw text not null check (length(raw) <= 16384),
  -- How much was told: payments in it with amounts of their own, and documents that they are for.
  detail_count int not null check (detail_count >= 0),
  remittance_count int not null check (remittance_count >= 0),
  receipt_count int not null check (receipt_count >= 0),
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, batch_id) references import_batch (client_id, id),
  foreign key (client_id, repeats_id) references bank_entry (client_id, id),
  constraint bank_entry_account check ((status = 'ADVISED') = (account is null))
);
create unique index bank_entry_key on bank_entry (client_id, entry_key) where repeats_id is null;
create index bank_entry_repeats_idx on bank_entry (client_id, repeats_id) where repeats_id is not null;
create index bank_entry_batch_idx on bank_entry (client_id, batch_id, id);
-- What became no receipt is what somebody has to look at.
create index bank_entry_kept_idx on bank_entry (client_id, id) where receipt_count = 0;
call fence.client_table('bank_entry', 'cash');

alter table receipt
  add column bank_entry_id uuid,
  add foreign key (client_id, bank_entry_id) references bank_entry (client_id, id);
create index receipt_bank_entry_idx on receipt (client_id, bank_entry_id, id) where bank_entry_id is not null;

-- What names the payment behind a receipt, as it is compared: capitals and digits alone, without leading zeros.
create table bank_reference (
  client_id uuid not null,
  key text not null check (length(key) between 3 and 140),
  receipt_id uuid not null,
  primary key (client_id, key, receipt_id),
  foreign key (client_id, receipt_id) references receipt (client_id, id)
);
create index bank_reference_receipt_idx on bank_reference (client_id, receipt_id);
call fence.client_table('bank_reference', 'cash');

-- Advices of receipts are looked for by key whether they have found them or not, and those that wait one by one.
drop index remittance_advice_key_idx;
create index remittance_advice_key_idx on remittance_advice (client_id, source, receipt_key);
create index remittance_advice_waiting_idx on remittance_advice (client_id, source, id) where receipt_id is null;

grant select, insert on bank_message, bank_entry, bank_reference to quittance_app;
