import './lists.ts'
import './mutations.ts'
import './figures.ts'
import './changes.ts'

export { WorkRequest } from './types.ts'
