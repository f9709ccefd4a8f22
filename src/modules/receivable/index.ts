export { fallsOf } from './falls.ts'
export { type ItemJson, itemJsonFor } from './item-json.ts'
export { holdDisputed, type LockedItem, lockOpenItem, lockOpenItems, settleItems } from './locks.ts'
export { itemsAsTheyAre, openCredits, owedItems } from './owed-reads.ts'
export {
  behaviourByCustomer,
  behaviourOf,
  customersOfItems,
  noBehaviour,
  type OpenItemRow,
  openItemColumns,
  openItemsById,
  type PaymentBehaviour,
} from './reads.ts'
export { daysOverdue, type ItemKind } from './rules.ts'
export { OpenItem, OpenItemConnection, openItemKeyOf } from './schema.ts'
export {
  hasItemsFrom,
  holdLedger,
  type Load,
  moveItemsByName,
  namesInUse,
  openChangesOf,
  type SourceItem,
  type Upserted,
  upsertOpenItems,
  withoutItems,
} from './store.ts'
