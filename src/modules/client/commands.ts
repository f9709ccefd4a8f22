import { command } from '../../platform/command.ts'
import { InvalidInput } from '../../platform/refusals.ts'
import { type CreateClient, checkClient } from './rules.ts'
import { codeIsTaken, insertClient, insertLegalEntity } from './store.ts'

export const createClient = command({
  name: 'client.createClient',
  permission: 'client:create',
  refusals: [InvalidInput],
  scope: ({ id }: CreateClient, viewer) => ({ providerId: viewer.providerId, clientId: id }),
  async run(write, input) {
    const wrong = checkClient(input)
    if (wrong !== null) return wrong
    if (await codeIsTaken(write, input.code)) return new InvalidInput('another client has this code', ['input', 'code'])
    await insertClient(write, input)
    write.emit({ area: 'client', name: 'client.created', payload: { code: input.code } })
    return { clientId: input.id }
  },
})

export type AddLegalEntity = { readonly clientId: string; readonly code: string; readonly name: string }

export const addLegalEntity = command({
  name: 'client.addLegalEntity',
  permission: 'customer:edit',
  refusals: [InvalidInput],
  scope: ({ clientId }: AddLegalEntity) => ({ clientId }),
  async run(write, { code, name }) {
    if (code.trim() === '' || code.length > 40)
      return new InvalidInput('a company code has 1 to 40 characters', ['input', 'code'])
    if (name.trim() === '' || name.length > 200) return new InvalidInput('a name has 1 to 200 characters', ['input', 'name'])
    const id = await insertLegalEntity(write, { code, name })
    if (id === null) return new InvalidInput('another legal entity of this client has this code', ['input', 'code'])
    return { clientId: write.clientId, id }
  },
})
