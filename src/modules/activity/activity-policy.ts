import { definePolicy } from '../policy/index.ts'
import { type ActivityRules, activityRulesJsonSchema, defaultActivityRules, parseActivityRules } from './templates.ts'

export const activityPolicy = definePolicy<ActivityRules>({
  kind: 'ACTIVITY',
  description:
    'What has to be told of calls, mails, letters and notes, by which codes they end and customers do not pay, and how notes are written.',
  defaults: defaultActivityRules,
  parse: parseActivityRules,
  jsonSchema: activityRulesJsonSchema,
})
