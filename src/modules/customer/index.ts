export { addContact, definePaymentTerms, setCustomerHierarchy } from './commands.ts'
export { customerExists } from './reads.ts'
export { Customer, PaymentTermsType } from './schema.ts'
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
export { discountUntil, dueOnBy, type TermsRule } from './terms.ts'
