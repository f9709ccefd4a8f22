import './match-policy.ts'
import './mutations.ts'
import './figures.ts'
