export { acceptMatch, correctMatch, matchReceipts } from './commands.ts'
export { supersedeMatches } from './store.ts'
