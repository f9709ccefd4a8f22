import { definePolicy } from '../policy/index.ts'
import { defaultStaging, parseStaging, type StagingRules, stagingJsonSchema } from './ladder.ts'

export const stagingPolicy = definePolicy<StagingRules>({
  kind: 'STAGING',
  description:
    'By which steps an unpaid invoice is followed up, when each is due, and what stops them. A client without a version of its own stages nothing.',
  defaults: defaultStaging,
  parse: parseStaging,
  jsonSchema: stagingJsonSchema,
})
