import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type DocumentStore, placeOf } from './document-store.ts'

const isMissing = (thrown: unknown): boolean => (thrown as NodeJS.ErrnoException).code === 'ENOENT'

/** What was written is on the disk, and not only on its way. A folder is opened to be read, which writes its names down. */
const sync = async (path: string, flags: 'r' | 'r+') => {
  const handle = await open(path, flags)
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Documents in a folder of this machine, or of one that all nodes share. They are written beside their place and moved
 * there, so what lies there is whole even if the process ends, or the power does.
 */
export const folderStore = (root: string): DocumentStore => {
  const pathOf = (key: Parameters<typeof placeOf>[0]) => join(root, ...placeOf(key))
  return {
    put: async (key, file) => {
      const [client, shelf, name] = placeOf(key)
      const folder = join(root, client, shelf)
      const isNew = (await mkdir(folder, { recursive: true, mode: 0o700 })) !== undefined
      const half = join(folder, `.${randomUUID()}`)
      try {
        await copyFile(file, half, constants.COPYFILE_EXCL)
        await sync(half, 'r+')
        await rename(half, join(folder, name))
        for (const above of isNew ? [folder, join(root, client), root] : [folder]) await sync(above, 'r')
      } finally {
        await rm(half, { force: true })
      }
    },
    has: (key) =>
      stat(pathOf(key)).then(
        () => true,
        (thrown) => {
          if (isMissing(thrown)) return false
          throw thrown
        },
      ),
    open: async (key) => {
      try {
        return (await open(pathOf(key), 'r')).createReadStream()
      } catch (thrown) {
        if (isMissing(thrown)) return null
        throw thrown
      }
    },
    remove: (key) => rm(pathOf(key), { force: true }),
  }
}
