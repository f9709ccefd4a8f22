-- Why a customer was contacted although the client's rules had something against it then.

alter table activity add column override_reason text check (length(override_reason) between 1 and 500);
alter table activity_version add column override_reason text check (length(override_reason) between 1 and 500);
grant update (override_reason) on activity to quittance_app;
