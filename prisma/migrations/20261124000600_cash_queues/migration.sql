-- Money that nobody has decided about is work too: one row for each receipt, whose kind follows the receipt's state.

alter table work_item
  drop constraint work_item_kind_check,
  add constraint work_item_kind_check
    check (kind in ('COLLECTION', 'MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH')),
  alter column customer_id drop not null,
  add column receipt_id uuid,
  -- Day from which the bank counts the money of the receipt: its age begins here.
  add column value_on date,
  -- { kind, dueOn, reason }: what to do next about the receipt; null where nothing is left to be done.
  add column next_action jsonb check (jsonb_typeof(next_action) = 'object'),
  add foreign key (client_id, receipt_id) references receipt (client_id, id),
  -- A collection is about a customer; cash is about a receipt, whose customer is known unless it is unidentified.
  add constraint work_item_subject check (
    (kind = 'COLLECTION') = (receipt_id is null)
      and (kind = 'UNIDENTIFIED_CASH') = (customer_id is null)
      and (receipt_id is null) = (value_on is null)
      and (receipt_id is not null or next_action is null));

drop index work_item_customer_key, work_item_queue_idx, work_item_scored_idx;
create unique index work_item_customer_key on work_item (client_id, customer_id) where kind = 'COLLECTION';
create unique index work_item_receipt_key on work_item (client_id, receipt_id) where receipt_id is not null;
-- The hot list is one walk of this index for each client and kind.
create index work_item_queue_idx on work_item (client_id, kind, score desc, id) where is_queued;
create index work_item_scored_idx on work_item (client_id, kind, scored_on) where is_queued;

-- The kind stands beside the amount as well, so that the total of a queue stays a sum over this table alone.
alter table work_amount add column kind text not null default 'COLLECTION'
  check (kind in ('COLLECTION', 'MISSING_REMITTANCE', 'UNAPPLIED_CASH', 'UNIDENTIFIED_CASH'));
alter table work_amount alter column kind drop default;

-- Money on account is aged by itself, whatever became of the rest of its receipt.
create index receipt_on_account_idx on receipt (client_id, value_on, id) where on_account_minor > 0;

-- Every client's day begins once more: receipts that are here already come into the queue by it.
delete from work_day;
