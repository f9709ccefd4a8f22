import './modules/client/schema.ts'
import './modules/directory/schema.ts'
import './modules/customer/mutations.ts'
import './modules/intake/schema.ts'
import './modules/receivable/schema.ts'
import './modules/promise/schema.ts'
import './modules/cash/schema.ts'
import './modules/worklist/schema.ts'
import './edges/graphql/import-open-items.ts'
import { builder } from './platform/graphql/builder.ts'
import { writeIdsDirectly } from './platform/graphql/node-ids.ts'

export const schema = writeIdsDirectly(builder.toSchema())
