export { PromiseToPay } from './schema.ts'
