export { acceptMatch, correctMatch, matchReceipts } from './commands.ts'
export { followMatched, supersedeMatches } from './store.ts'
