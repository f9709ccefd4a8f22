export { addLegalEntity, createClient } from './commands.ts'
export { clientNamed, clientsById } from './reads.ts'
export { Client, LegalEntity } from './schema.ts'
export { type ClientFacts, clientFacts, ensureLegalEntities } from './store.ts'
