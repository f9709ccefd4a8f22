import type { Write } from '../../platform/write.ts'
import { definePolicy, policyInForce, policyOfVersion } from '../policy/index.ts'
import { defaultNoticeRules, type NoticeRules, noticeRulesJsonSchema, parseNoticeRules } from './templates.ts'

export const noticePolicy = definePolicy<NoticeRules>({
  kind: 'NOTICE',
  description:
    'What is written to customers about their open items, from whom, and which of it needs an approval. A notice keeps the rules under which it was proposed.',
  defaults: defaultNoticeRules,
  parse: parseNoticeRules,
  jsonSchema: noticeRulesJsonSchema,
})

/** By what a notice is written: the templates it was proposed by, and from whom it comes now. */
export const rulesOf = async (
  reading: Pick<Write, 'tx' | 'clientId' | 'now'>,
  { policyVersion }: { readonly policyVersion: number },
): Promise<NoticeRules> => {
  const [kept, { rules }] = await Promise.all([
    policyOfVersion(reading, noticePolicy, policyVersion),
    policyInForce(reading, noticePolicy),
  ])
  return { ...kept, sender: rules.sender, postalAddress: rules.postalAddress }
}
