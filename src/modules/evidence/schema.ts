import './lists.ts'
import './mutations.ts'
