export { definePaymentTerms, setCustomerHierarchy } from './commands.ts'
export { addContact } from './contact-commands.ts'
export { contactAsKnown, customerName, type Reachable, reachableContacts } from './contact-reads.ts'
export { Contact } from './contact-types.ts'
export { customerExists, customerOfContact, customersById, customersByNumber, familyOf } from './reads.ts'
export { discountUntil, dueOnBy, type TermsRule } from './rules.ts'
export { Customer, PaymentTermsType } from './schema.ts'
export {
  type CustomerRef,
  ensurePaymentTerms,
  followContacts,
  forgetUnnumbered,
  lockCustomers,
  type ResolvedCustomers,
  resolveCustomers,
  resolveNames,
  termsRules,
  unnumberedOf,
} from './store.ts'
