import './mutations.ts'
import './figures.ts'

export { PromiseToPay } from './types.ts'
