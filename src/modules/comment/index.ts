export { commentList } from './lists.ts'
export { badComment, commentMax } from './rules.ts'
export { insertComment } from './store.ts'
