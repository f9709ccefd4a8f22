export { addContact, definePaymentTerms, setCustomerHierarchy } from './commands.ts'
export { customerExists, customerOfContact, customersByNumber, familyOf } from './reads.ts'
export { discountUntil, dueOnBy, type TermsRule } from './rules.ts'
export { Contact, Customer, PaymentTermsType } from './schema.ts'
export {
  type CustomerRef,
  ensurePaymentTerms,
  forgetUnnumbered,
  type ResolvedCustomers,
  resolveCustomers,
  resolveNames,
  termsRules,
  unnumberedOf,
} from './store.ts'
