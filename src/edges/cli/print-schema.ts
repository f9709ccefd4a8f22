import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { lexicographicSortSchema, printSchema } from 'graphql'
import { schema } from '../../schema.ts'

/** The contract as text: committed, so that every change of it is seen in its diff. */
export const printedSchema = (): string => `${printSchema(lexicographicSortSchema(schema))}\n`

export const writeSchema = async (): Promise<string> => {
  const folder = join(import.meta.dirname, '../../../schema')
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'schema.graphql')
  await writeFile(file, printedSchema())
  return file
}
