-- How a client's queues are scored is a policy of its own, and each row says by which version it stands where it stands.

alter table policy_version
  drop constraint policy_version_kind_check,
  add constraint policy_version_kind_check check (kind in ('WRITE_OFF', 'MATCHING', 'ACTIVITY', 'PROMISE', 'PAYMENT_PLAN', 'STRATEGY'));

-- Why the strategy leaves out work that there is; null for what is queued, and for what nothing is left to be done about.
alter table work_item
  add column left_out text,
  add constraint work_item_left_out check (left_out is null or (length(left_out) between 1 and 700 and not is_queued));

-- 0 stands for the defaults, as with every policy. What was scored until now was scored by them, under the name of 1.
-- The fence holds for the owner as well, and shows it no row: it is lifted for this statement.
alter table work_item no force row level security;
update work_item set strategy_version = 0;
alter table work_item force row level security;

-- Rows that still stand by an older version, found without walking the queue.
create index work_item_strategy_idx on work_item (client_id, strategy_version) where is_queued or left_out is not null;
