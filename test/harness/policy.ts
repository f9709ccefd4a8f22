import { ask } from './ask.ts'
import { aPerson, grant, type TestClient } from './world.ts'

/** Publishes rules of a client as a manager of its own would. */
export const publish = async (client: TestClient, kind: string, rules: object) => {
  const manager = await aPerson(client.provider.id, 'PERSON', 'manager')
  await grant(client, manager, 'MANAGER')
  const document = `mutation ($input: PublishPolicyInput!) { publishPolicy(input: $input) { __typename ... on Refusal { message } } }`
  const input = { client: client.gid, kind, rules: JSON.stringify(rules), reason: 'as agreed', expectedVersion: 0 }
  const { data } = await ask<{ publishPolicy: { __typename: string; message?: string } }>(manager, document, { input })
  return data?.publishPolicy
}
