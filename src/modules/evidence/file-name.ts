import { extensionFits, type MediaType, mediaTypes } from './media-type.ts'

const nameChars = 120

// Controls, marks that turn the direction of writing, and what file systems and headers give a meaning to.
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
const unfit = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff<>:"|?*;%\\/]/gu

/**
 * A name that means nothing to anything: no folders, no controls, no ending that its bytes do not have. Where nothing is
 * left of it, it is a document.
 */
export const cleanFileName = (given: string, type: MediaType): string => {
  const last = given.normalize('NFC').split(/[\\/]/).at(-1) ?? ''
  const clean = [
    ...last
      .replace(unfit, '_')
      .replace(/\s+/g, ' ')
      .replace(/^[\s.]+|[\s.]+$/g, ''),
  ]
  const fitting = extensionFits(clean.join(''), type)
  const ending = fitting ? (/\.[^.]+$/.exec(clean.join(''))?.[0] ?? '') : `.${mediaTypes[type][0]}`
  const stem = fitting ? clean.slice(0, clean.length - ending.length) : clean
  return `${stem.slice(0, nameChars).join('').trim() || 'document'}${ending}`
}

/** The header by which a browser saves a document under its name, and shows nothing of it. */
export const dispositionOf = (name: string): string => {
  const plain = name.replace(/[^\x20-\x7e]/g, '_').replace(/["\\%]/g, '_')
  const exact = encodeURIComponent(name).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
  return `attachment; filename="${plain}"; filename*=UTF-8''${exact}`
}
