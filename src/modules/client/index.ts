export { addLegalEntity, createClient } from './commands.ts'
export { clientsById } from './reads.ts'
export { Client, LegalEntity } from './schema.ts'
export { type ClientFacts, clientFacts, ensureLegalEntities } from './store.ts'
