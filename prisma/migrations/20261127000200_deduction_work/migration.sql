-- Deductions are worked: coded by three layers kept apart, researched, decided, settled or asked for again.

alter table policy_version drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check
  check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY', 'ALLOCATION', 'STAGING', 'NOTICE', 'ESCALATION', 'EVIDENCE', 'APPROVAL', 'DISPUTE', 'DEDUCTION'));

alter table approval_request drop constraint approval_request_action_check,
  add constraint approval_request_action_check check (action in ('PAYMENT_PLAN', 'DISPUTE_RESOLUTION', 'DEDUCTION_CREDIT', 'DEDUCTION_WRITE_OFF'));

alter table deduction drop constraint deduction_state_check,
  add constraint deduction_state_check check (state in ('IDENTIFIED', 'CODED', 'RESEARCH', 'AWAITING_BACKUP', 'VALIDATED', 'SPLIT',
    'CREDIT_REQUESTED', 'ACCRUAL_SETTLEMENT', 'WRITE_OFF_REQUESTED', 'APPROVED', 'POSTED', 'DENIED', 'REPAYMENT_CHASE', 'REPAID',
    'PLACED_LEGAL', 'CLOSED', 'VOIDED')),
  -- The deduction that this is a part of.
  add column parent_id uuid,
  add column kind text check (kind in ('TRADE', 'NON_TRADE')),
  -- What gave it its reason: rows of the policy by customer or client, the list X12 426, the matching, a person, or nothing.
  add column coded_by text not null default 'NOBODY' check (coded_by in ('CUSTOMER', 'CLIENT', 'X12', 'MATCHING', 'PERSON', 'NOBODY')),
  add column coded_version int not null default 0 check (coded_version >= 0),
  -- The evidence of that: the row or code that said so, or what a person wrote.
  add column coding_note text check (length(coding_note) between 1 and 500),
  add column dispute_by date,
  add column dispute_alerted_at timestamptz,
  add column verdict text check (verdict in ('VALID', 'INVALID', 'PARTIAL')),
  add column state_since timestamptz,
  -- Who was asked for documents, for which types (codes with a space between), and how often.
  add column backup_from text check (length(backup_from) between 1 and 200),
  add column backup_types text check (length(backup_types) between 1 and 1000),
  add column backup_asks int not null default 0 check (backup_asks >= 0),
  -- The day on which it was written off as a small one: the month's cap counts these.
  add column tolerated_on date,
  -- Whether the customer is not asked for it: nobody said no to it, or somebody else asks.
  add column holds_back boolean generated always as (
    state in ('IDENTIFIED', 'CODED', 'RESEARCH', 'AWAITING_BACKUP', 'CREDIT_REQUESTED', 'ACCRUAL_SETTLEMENT', 'WRITE_OFF_REQUESTED',
      'APPROVED', 'PLACED_LEGAL')
    or (state = 'VALIDATED' and verdict = 'VALID')) stored,
  add foreign key (client_id, parent_id) references deduction (client_id, id),
  add check ((backup_from is null) = (backup_types is null)),
  add check (parent_id <> id),
  add check (state <> 'SPLIT' or verdict = 'PARTIAL');

-- Rows that are there: coded by the list, or by nobody. The fence holds for the owner too, so it is lifted for this.
alter table deduction no force row level security;
update deduction set state_since = created_at,
  coded_by = case when reason_code = 'UNKNOWN' then 'NOBODY' when code_list = 'X12_426' then 'X12' else 'MATCHING' end,
  coding_note = case when reason_code = 'UNKNOWN' then null else code_list || ' ' || customer_code end,
  kind = case when reason_code = 'UNKNOWN' then null when reason_code in ('PROMO', 'REBATE') then 'TRADE' else 'NON_TRADE' end;
alter table deduction alter column state_since set not null;

-- Every move, as it was made.
create table deduction_change (
  client_id uuid not null,
  id uuid not null,
  deduction_id uuid not null,
  -- The version that the move made.
  version int not null check (version > 0),
  move text not null check (move in ('identify', 'split', 'code', 'startResearch', 'requestBackup', 'validate', 'requestCredit',
    'settleFromAccrual', 'requestWriteOff', 'tolerate', 'approve', 'turnDown', 'confirmPosted', 'deny', 'chaseRepayment', 'dispute',
    'placeLegal', 'repay', 'reopen', 'close', 'void')),
  state text not null check (state in ('IDENTIFIED', 'CODED', 'RESEARCH', 'AWAITING_BACKUP', 'VALIDATED', 'SPLIT',
    'CREDIT_REQUESTED', 'ACCRUAL_SETTLEMENT', 'WRITE_OFF_REQUESTED', 'APPROVED', 'POSTED', 'DENIED', 'REPAYMENT_CHASE', 'REPAID',
    'PLACED_LEGAL', 'CLOSED', 'VOIDED')),
  verdict text check (verdict in ('VALID', 'INVALID', 'PARTIAL')),
  reason_code text not null,
  note text not null check (length(note) <= 4000),
  -- Documents that stood for it then: their ids, types and SHA-256.
  documents jsonb not null default '[]' check (jsonb_typeof(documents) = 'array'),
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, deduction_id) references deduction (client_id, id)
);
create unique index deduction_change_version_key on deduction_change (client_id, deduction_id, version);
create index deduction_change_at_idx on deduction_change (client_id, at, move);
-- What was found before there were moves begins with where it stands.
insert into deduction_change (client_id, id, deduction_id, version, move, state, reason_code, note, principal_id, principal_name, at)
select d.client_id, gen_random_uuid(), d.id, d.version, 'identify', d.state, d.reason_code, '', '00000000-0000-0000-0000-000000000000', 'system', d.created_at
from deduction d;
alter table deduction force row level security;
call fence.client_table('deduction_change', 'receivable');
grant select, insert on deduction_change to quittance_app;

create index deduction_state_idx on deduction (client_id, state, id);
create index deduction_reason_idx on deduction (client_id, reason_code, id);
create index deduction_kind_idx on deduction (client_id, kind, id);
create index deduction_verdict_idx on deduction (client_id, verdict, id) where verdict is not null;
create index deduction_dispute_idx on deduction (client_id, dispute_by, id) where dispute_by is not null;
create index deduction_parent_idx on deduction (client_id, parent_id) where parent_id is not null;
create index deduction_tolerated_idx on deduction (client_id, reason_code, currency, tolerated_on) where tolerated_on is not null;
drop index deduction_item_idx;
create index deduction_item_idx on deduction (client_id, open_item_id, id);
create index deduction_held_idx on deduction (client_id, customer_id, open_item_id) include (amount_minor) where holds_back;

-- What a deduction was split into is as much as it was: held when the transaction ends, whoever wrote what.
create function deduction_parts() returns trigger language plpgsql set search_path = public, pg_temp as $$
declare
  whole record;
begin
  -- A part may have parts itself.
  for whole in
    select p.id, p.amount_minor, p.state,
      (select sum(c.amount_minor) from deduction c where c.client_id = p.client_id and c.parent_id = p.id and c.currency = p.currency) as parts
    from deduction p where p.client_id = new.client_id and p.id in (new.id, new.parent_id)
  loop
    if (whole.state = 'SPLIT' or whole.parts is not null) and whole.amount_minor is distinct from whole.parts then
      raise exception 'the parts of deduction % are not as much as it is', whole.id using errcode = 'check_violation';
    end if;
  end loop;
  -- What cannot be seen cannot be held against its parts.
  if not found then
    raise exception 'deduction % is out of sight', new.id using errcode = 'check_violation';
  end if;
  return null;
end $$;
create constraint trigger deduction_parts after insert or update of amount_minor, parent_id, state, currency on deduction
  deferrable initially deferred for each row
  when (new.parent_id is not null or new.state = 'SPLIT') execute function deduction_parts();
