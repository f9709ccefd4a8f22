-- The fence: who may see and write which rows, decided by PostgreSQL.
--
-- A unit of work begins by binding settings that live as long as its transaction:
--   fence.reads_<area>    the clients whose rows of that area the viewer may read
--   fence.directories     the providers whose directory the viewer may read
--   fence.writes          the one client a running command may write to; empty outside commands
--   fence.writes_provider the one provider whose directory a running command may write to
-- A setting that was never bound is an error ("unrecognized configuration parameter", or a malformed
-- array once the session has forgotten it), so a statement outside a unit fails instead of answering "nothing".

create schema fence;
grant usage on schema fence to quittance_app, quittance_relay, quittance_bind;

-- Fences a table of client data: every row belongs to a client and to a read area.
create procedure fence.client_table(target regclass, area text, owner_column text default 'client_id')
language plpgsql as $$
declare
  -- The setting is taken apart once for a statement, not once for each row or each probe of an index.
  readers text := format('%I = any ((select current_setting(%L)::uuid[])::uuid[])', owner_column, 'fence.reads_' || area);
  writer text := format('%I = nullif(current_setting(''fence.writes''), '''')::uuid', owner_column);
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy reads on %s for select to quittance_app using (%s)', target, readers);
  execute format('create policy inserts on %s for insert to quittance_app with check (%s)', target, writer);
  execute format('create policy updates on %s for update to quittance_app using (%s) with check (%s)', target, writer, writer);
  execute format('create policy deletes on %s for delete to quittance_app using (%s)', target, writer);
  execute format('comment on table %s is %L', target, 'fence:client:' || area);
end $$;

-- Fences a table of a provider's directory: its people, teams and keys.
create procedure fence.provider_table(target regclass, owner_column text default 'provider_id')
language plpgsql as $$
declare
  readers text := format('%I = any ((select current_setting(''fence.directories'')::uuid[])::uuid[])', owner_column);
  writer text := format('%I = nullif(current_setting(''fence.writes_provider''), '''')::uuid', owner_column);
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy reads on %s for select to quittance_app using (%s)', target, readers);
  execute format('create policy inserts on %s for insert to quittance_app with check (%s)', target, writer);
  execute format('create policy updates on %s for update to quittance_app using (%s) with check (%s)', target, writer, writer);
  execute format('create policy deletes on %s for delete to quittance_app using (%s)', target, writer);
  execute format('comment on table %s is %L', target, 'fence:provider');
end $$;
