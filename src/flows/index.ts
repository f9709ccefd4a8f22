// The roll call of what reacts to what: loaded once, by the composition root.
import './follow-customers.ts'
import './refresh-worklist.ts'
