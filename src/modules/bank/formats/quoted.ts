const charsMax = 40

/** What stands in a file, for a message about it: a broken file may have a whole line where a few letters belong. */
export const quoted = (text: string): string => (text.length > charsMax ? `'${text.slice(0, charsMax)}...'` : `'${text}'`)
