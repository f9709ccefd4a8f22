import './due.ts'
import './figures.ts'
import './mutations.ts'
import './types.ts'
