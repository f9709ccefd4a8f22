export { documents, documentsFolder, startTestApp, theApp, tokenFor } from './app.ts'
export { type Answer, ask } from './ask.ts'
export { type Heard, listen } from './listen.ts'
export { asOwner, jobsOf, rowsOf } from './owner.ts'
export {
  aClient,
  aCustomer,
  anItem,
  aPerson,
  aProvider,
  aReceipt,
  beginDay,
  grant,
  type ItemFacts,
  type Person,
  type Row,
  type TestClient,
} from './world.ts'
