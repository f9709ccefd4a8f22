-- All buckets of a receipt, its state, and the append-only ledger that they follow from.

alter table receipt
  add column on_account_minor bigint not null default 0 check (on_account_minor >= 0),
  add column refunded_minor bigint not null default 0 check (refunded_minor >= 0),
  add column charges_minor bigint not null default 0 check (charges_minor >= 0),
  -- Taken back by the bank: the whole of it, or nothing.
  add column reversed_minor bigint not null default 0 check (reversed_minor >= 0),
  add column state text not null default 'RECEIVED' check (state in ('RECEIVED', 'UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED',
    'REMITTANCE_MISSING', 'ON_ACCOUNT', 'MATCHED', 'POSTED', 'CLEARED', 'REVERSED', 'RETURNED_TO_PAYER')),
  add column state_since timestamptz,
  -- The system that told of it, and its key there; null where a person recorded it.
  add column source text check (length(source) between 1 and 40),
  add column source_key text check (length(source_key) between 1 and 200),
  add column payer_account text check (length(payer_account) between 1 and 60),
  -- What the bank and the payer wrote, as far as it can say what the money is for.
  add column bank_text text not null default '' check (length(bank_text) <= 8000),
  -- What banks kept on the way, and what the payer ordered before exchange, where the bank tells.
  add column bank_fee_minor bigint check (bank_fee_minor >= 0),
  add column instructed_minor bigint check (instructed_minor >= 0),
  add column instructed_currency char(3) check (instructed_currency ~ '^[A-Z]{3}$'),
  add column has_remittance boolean not null default false,
  add column is_escheat_review boolean not null default false,
  -- The document under which the client's ledger posted it.
  add column posted_reference text check (length(posted_reference) between 1 and 60),
  add column cleared_on date,
  add column reversal_reason text check (reversal_reason in ('NSF', 'STOP', 'DUPLICATE', 'WRONG_ENTITY', 'BANK_RECALL')),
  add column reversed_on date,
  -- The last step taken to learn what the money is for.
  add column chased_at timestamptz,
  add column chase_count int not null default 0;

alter table receipt drop constraint receipt_buckets, drop constraint receipt_customer;
alter table receipt
  add constraint receipt_buckets check (
    amount_minor = applied_minor + on_account_minor + unapplied_minor + unidentified_minor + refunded_minor + charges_minor
      + reversed_minor),
  add constraint receipt_customer check (
    case when customer_id is null then applied_minor = 0 and unapplied_minor = 0 and on_account_minor = 0
      else unidentified_minor = 0 end),
  add constraint receipt_reversal check (
    (reversed_minor > 0) = (reversal_reason is not null) and (reversed_minor > 0) = (reversed_on is not null)
      and reversed_minor in (0, amount_minor)),
  add constraint receipt_instructed check ((instructed_minor is null) = (instructed_currency is null)),
  add constraint receipt_source check ((source is null) = (source_key is null));

update receipt set state_since = created_at, state = case
  when customer_id is null then 'UNIDENTIFIED'
  when unapplied_minor > 0 then 'REMITTANCE_MISSING'
  else 'MATCHED' end;
alter table receipt alter column state_since set not null, alter column state drop default;

create unique index receipt_source_key on receipt (client_id, source, source_key) where source is not null;
-- What is still to be decided, by age: the queues of cash application.
create index receipt_undecided_idx on receipt (client_id, state, value_on, id)
  where state in ('UNIDENTIFIED', 'ESCHEAT_REVIEW', 'IDENTIFIED', 'REMITTANCE_MISSING', 'ON_ACCOUNT');

-- An application is a row of a settlement: what one receipt did to one open item at one time, by kind. What undoes one is a
-- row of its own, with the amounts turned round.
alter table application
  add column settlement_id uuid,
  add column kind text not null default 'CASH' check (kind in ('CASH', 'DISCOUNT_EARNED', 'DISCOUNT_UNEARNED', 'WRITE_OFF',
    'WITHHOLDING_TAX', 'BANK_FEE', 'FX_DIFFERENCE')),
  -- What it took from the receipt, in the receipt's currency: nothing, unless it is cash.
  add column receipt_minor bigint,
  add column reverses_id uuid,
  add column reason text check (length(reason) between 1 and 500),
  add column is_false_match boolean not null default false,
  add column match_id uuid;
update application set settlement_id = id, receipt_minor = amount_minor;
alter table application
  alter column settlement_id set not null,
  alter column receipt_minor set not null,
  drop constraint application_amount_minor_check,
  add constraint application_amount check (amount_minor <> 0 and (kind = 'CASH') = (receipt_minor <> 0)),
  add constraint application_reversal check ((reverses_id is null) = (reason is null) and (not is_false_match or reverses_id is not null)),
  add foreign key (client_id, reverses_id) references application (client_id, id);
-- A row is undone once.
create unique index application_reverses_key on application (client_id, reverses_id) where reverses_id is not null;
create index application_settlement_idx on application (client_id, settlement_id);
-- Tolerance is capped by month.
create index application_written_off_idx on application (client_id, applied_on) where kind = 'WRITE_OFF';

-- Append-only: every other way in which money of a receipt went from one bucket to another.
create table receipt_move (
  client_id uuid not null,
  id uuid not null,
  receipt_id uuid not null,
  currency char(3) not null,
  amount_minor bigint not null check (amount_minor > 0),
  from_bucket text not null check (from_bucket in ('ON_ACCOUNT', 'UNAPPLIED', 'UNIDENTIFIED', 'REFUNDED', 'CHARGES', 'REVERSED')),
  to_bucket text not null check (to_bucket in ('ON_ACCOUNT', 'UNAPPLIED', 'UNIDENTIFIED', 'REFUNDED', 'CHARGES', 'REVERSED')),
  reason text check (length(reason) between 1 and 500),
  moved_on date not null,
  principal_id uuid not null,
  created_at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, receipt_id) references receipt (client_id, id),
  check (from_bucket <> to_bucket)
);
create index receipt_move_receipt_idx on receipt_move (client_id, receipt_id, id);
call fence.client_table('receipt_move', 'cash');
grant select, insert on receipt_move to quittance_app;

-- References as matching compares them: capitals and digits alone, without leading zeros; and the digits alone.
alter table open_item
  add column number_key text generated always as (ltrim(upper(regexp_replace(number, '[^A-Za-z0-9]', '', 'g')), '0')) stored,
  add column number_digits text generated always as (ltrim(regexp_replace(number, '[^0-9]', '', 'g'), '0')) stored;
create index open_item_number_key_idx on open_item (client_id, number_key);
create index open_item_number_digits_idx on open_item (client_id, number_digits);
