-- What is known of a contact: whether somebody made sure of it, whether its mails come back, how long it holds.

alter table contact
  add column valid_from date,
  add column valid_until date,
  add column verified_at timestamptz,
  add column verified_by text,
  add column verified_source text,
  -- Mails that came back since it was verified last.
  add column bounce_count int not null default 0,
  add column last_bounced_at timestamptz,
  add column retired_at timestamptz,
  add column retired_reason text,
  add constraint contact_validity_check check (valid_until >= valid_from),
  add constraint contact_verified_check check (
    (verified_at is null) = (verified_source is null) and (verified_at is null) = (verified_by is null)
    and length(verified_source) between 1 and 200
  ),
  add constraint contact_bounce_check check (bounce_count >= 0),
  add constraint contact_retired_check check ((retired_at is null) = (retired_reason is null) and length(retired_reason) between 1 and 500);
