import './mutations.ts'
import './timelines.ts'
import './figures.ts'
