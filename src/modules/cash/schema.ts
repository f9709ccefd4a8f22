import './mutations.ts'
import './changes.ts'

export { Application, Receipt } from './types.ts'
