import { definePolicy } from '../policy/index.ts'
import { defaultMatchingPolicy, type MatchingPolicy, matchingPolicyJsonSchema, parseMatchingPolicy } from './policy.ts'

export const matchingPolicy = definePolicy<MatchingPolicy>({
  kind: 'MATCHING',
  description:
    'How boldly receipts are matched with open items: what names an item, what counts as small, and what is posted by itself.',
  defaults: defaultMatchingPolicy,
  parse: parseMatchingPolicy,
  jsonSchema: matchingPolicyJsonSchema,
})
