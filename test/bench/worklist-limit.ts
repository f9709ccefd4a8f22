import { createServer } from 'node:http'
import pg from 'pg'

// The limit: the same rows by one hand-written statement that returns the finished JSON, over plain node:http. No
// tokens, no rights, no fence, no GraphQL: what a page costs when nothing is asked for but the page.

const statement = `
  select json_build_object('data', json_build_object('worklist', json_build_object('edges', coalesce(json_agg(json_build_object('cursor', w.score || ':' || w.id,
    'node', json_build_object('id', w.id, 'overdueDays', w.overdue_days, 'itemCount', w.item_count,
      'priority', json_build_object('score', w.score, 'strategyVersion', w.strategy_version, 'factors', w.factors), 'amounts', w.amounts,
      'customer', json_build_object('id', c.id, 'number', c.number, 'name', c.name),
      'items', (select json_agg(json_build_object('id', o.id, 'number', o.number, 'open', o.open_minor::text, 'currency', o.currency, 'dueOn', o.due_on,
          'daysOverdue', greatest(0, current_date - o.due_on)))
        from (select * from open_item o where o.client_id = w.client_id and o.customer_id = w.customer_id and o.closed_on is null and o.kind <> 'CREDIT_MEMO'
          order by o.due_on, o.id limit 3) o))) order by w.score desc, w.id), '[]'))))::text as body
  from (
    select w.* from (
    select best.* from unnest($1::uuid[]) as q (client_id)
    cross join lateral (
      select w.client_id, w.score, w.id from work_item w where w.client_id = q.client_id and w.kind = 'COLLECTION' and w.is_queued and w.score <= $2 and (w.score < $2 or w.id > $3)
      order by w.score desc, w.id limit 25) best
    order by best.score desc, best.id limit 25) page join work_item w on w.client_id = page.client_id and w.id = page.id) w
  join customer c on c.client_id = w.client_id and c.id = w.customer_id`

const pool = new pg.Pool({ connectionString: process.env.OWNER_URL, max: 10 })
const clients = (process.env.CLIENTS ?? '').split(',')
const lowest = '00000000-0000-0000-0000-000000000000'

const server = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', async () => {
    const { score, id } = JSON.parse(Buffer.concat(chunks).toString()) as { score?: number; id?: string }
    const { rows } = await pool.query<{ body: string }>({
      name: 'page',
      text: statement,
      values: [clients, score ?? 1_000_000, id ?? lowest],
    })
    response.setHeader('content-type', 'application/json')
    response.end(rows[0]?.body)
  })
})
server.listen(0, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }))
