/** What is written while a client has published nothing: plain English, firmer from level to level. */

const please = 'If you have paid in the meantime, please disregard this message and accept our thanks.'
const question =
  'If anything about these items is unclear or disputed, please answer this message and tell us which item and why, so that we can resolve it.'

export const defaultTemplates = [
  {
    code: 'CONFIRM',
    level: 0,
    covers: 'ALL_OPEN' as const,
    subject: '{{client}}: items of {{total}} that fall due',
    paragraphs: [
      'Dear {{contact}},',
      'The following items of {{customer}} fall due soon. Please confirm that you have them and that they are approved for payment.',
      '{{lines}}',
      question,
    ],
    closing: 'Kind regards\n{{sender}}',
  },
  {
    code: 'FRIENDLY_REMINDER',
    level: 1,
    subject: '{{client}}: a reminder of {{total}} past due',
    paragraphs: [
      'Dear {{contact}},',
      'According to our records the following items of {{customer}} are past due. They may simply have been overlooked.',
      '{{lines}}',
      'We would be grateful for your payment of {{total}}.',
      question,
      please,
    ],
    closing: 'Kind regards\n{{sender}}',
  },
  {
    code: 'SECOND_NOTICE',
    level: 2,
    subject: '{{client}}: second notice, {{total}} past due',
    paragraphs: [
      'Dear {{contact}},',
      'We have not yet received payment for the following items of {{customer}}. The oldest was due on {{oldestDueOn}}, {{oldestDaysLate}} days ago.',
      '{{lines}}',
      'Please pay {{total}}, or tell us on which day we can expect your payment.',
      question,
      please,
    ],
    closing: 'Kind regards\n{{sender}}',
  },
  {
    code: 'FORMAL_NOTICE',
    level: 3,
    subject: '{{client}}: formal notice of {{total}} past due',
    approvalFrom: '0',
    paragraphs: [
      'Dear {{contact}},',
      'In spite of our earlier notices the following items of {{customer}} remain unpaid. The oldest has been due since {{oldestDueOn}}.',
      '{{lines}}',
      'We formally ask you to pay {{total}} without further delay.',
      question,
      please,
    ],
    closing: 'Yours sincerely\n{{sender}}',
  },
  {
    code: 'FINAL_DEMAND',
    level: 4,
    subject: '{{client}}: final demand for {{total}}',
    approvalFrom: '0',
    paragraphs: [
      'Dear {{contact}},',
      'This is our final demand for the following items of {{customer}}, the oldest of which has been due since {{oldestDueOn}}.',
      '{{lines}}',
      'If we do not receive {{total}}, or hear from you about a plan of payment, {{client}} will decide about further steps without another notice.',
      please,
    ],
    closing: 'Yours sincerely\n{{sender}}',
  },
  {
    code: 'STATEMENT',
    level: 0,
    covers: 'ALL_OPEN' as const,
    subject: '{{client}}: statement of account of {{today}}',
    paragraphs: [
      'Dear {{contact}},',
      'Please find below all items of {{customer}} that are open on {{today}}, {{total}} in all.',
      '{{lines}}',
      'Please tell us if this does not agree with your records.',
    ],
    closing: 'Kind regards\n{{sender}}',
  },
]
