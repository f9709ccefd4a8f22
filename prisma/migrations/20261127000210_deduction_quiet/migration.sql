-- Since when nobody said anything about a deduction: the last comment, or its finding.
alter table deduction add column quiet_since timestamptz;
alter table deduction no force row level security;
update deduction set quiet_since = created_at;
alter table deduction force row level security;
alter table deduction alter column quiet_since set not null;
create index deduction_quiet_idx on deduction (client_id, quiet_since, id);
create index deduction_created_idx on deduction (client_id, created_at);
