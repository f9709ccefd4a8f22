import './mutations.ts'
import './timelines.ts'
