export { recordPromise } from './commands.ts'
export { PromiseToPay } from './schema.ts'
export { followItems } from './store.ts'
