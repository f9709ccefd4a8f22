-- What people say about cases: append-only, one table for every kind of case. Another kind of subject is another column
-- here, and in the check.
create table comment (
  client_id uuid not null references client (id),
  id uuid not null,
  deduction_id uuid,
  -- Its foreign key comes with the table of disputes.
  dispute_id uuid,
  text text not null check (length(text) between 1 and 4000),
  principal_id uuid not null,
  principal_name text not null,
  at timestamptz not null,
  primary key (client_id, id),
  foreign key (client_id, deduction_id) references deduction (client_id, id),
  check (num_nonnulls(deduction_id, dispute_id) = 1)
);
create index comment_deduction_idx on comment (client_id, deduction_id, id) where deduction_id is not null;
create index comment_dispute_idx on comment (client_id, dispute_id, id) where dispute_id is not null;
call fence.client_table('comment', 'work');
grant select, insert on comment to quittance_app;
