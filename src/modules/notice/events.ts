import type { Write } from '../../platform/command.ts'

export type NoticeEvent =
  | 'notice.proposed'
  | 'notice.approved'
  | 'notice.rejected'
  | 'notice.lineWithdrawn'
  | 'notice.withdrawn'
  | 'notice.sent'
  | 'notice.failed'

/** Whose notice it is goes with it; of lines, which items are concerned. */
export const tellNotice = (
  write: Write,
  name: NoticeEvent,
  { id, customerId }: { readonly id: string; readonly customerId: string },
  facts: { readonly openItemIds?: readonly string[]; readonly level?: number; readonly reason?: string } = {},
) => write.emit({ area: 'work', name, payload: { noticeId: id, customerIds: [customerId], ...facts } })
