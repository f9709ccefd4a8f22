import { Client } from 'pg'

/** One connection of its own for work that outlives a pooled one: advisory locks and roles belong to the session. */
export const inSession = async <T>(url: string, work: (session: Client) => Promise<T>): Promise<T> => {
  const session = new Client({ connectionString: url })
  // Without a listener a server that goes away between two queries would end the whole process.
  session.on('error', () => {})
  try {
    await session.connect()
    return await work(session)
  } finally {
    await session.end().catch(() => {})
  }
}
