// The roll call of what reacts to what: loaded once, by the composition root.
import './follow-customers.ts'
// Before queues are refreshed, which say whose work is.
import './allocate-customers.ts'
import './work-off-results.ts'
import './short-pay-to-deduction.ts'
import './close-matches.ts'
// Before whatever follows plans.
import './settle-approvals.ts'
// Behind whatever may settle items, and before customers are held.
import './judge-promises.ts'
import './judge-plans.ts'
import './follow-disputes.ts'
import './judge-deductions.ts'
// Behind whatever may change receipts, and before customers are held.
import './refresh-cash-work.ts'
// Behind whatever stages follow from; it holds the customers that the queue holds, and those of receipts.
import './refresh-stages.ts'
import './restage.ts'
import './recode-deductions.ts'
import './calls-take-stages.ts'
import './propose-stages.ts'
import './rescore-work.ts'
import './refresh-worklist.ts'
// What enqueues jobs for later.
import './abandoned-imports.ts'
import './begin-days.ts'
import './climb-requests.ts'
import './escalate-disputes.ts'
import './end-marks.ts'
import './send-notices.ts'
