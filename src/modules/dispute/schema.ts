import './changes.ts'
import './lists.ts'
import './mutations.ts'
