export { Application, Receipt } from './schema.ts'
