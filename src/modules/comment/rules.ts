import { InvalidInput } from '../../platform/refusals.ts'

export const commentMax = 4_000

/** Why this is no comment, or null. */
export const badComment = (text: string): InvalidInput | null =>
  text.trim() === '' || text.length > commentMax
    ? new InvalidInput(`a comment has 1 to ${commentMax} characters`, ['input', 'text'])
    : null
