import './figures.ts'
import './lists.ts'
import './mutations.ts'

export { Deduction } from './types.ts'
