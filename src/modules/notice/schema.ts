import './mutations.ts'

export { Notice } from './types.ts'
