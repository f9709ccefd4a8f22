import type { GraphQLResolveInfo } from 'graphql'
import type { Refusal, RefusalClass } from '../../kernel/refusal.ts'
import { type Command, granted, perform } from '../command.ts'
import { IdempotencyMismatch, NotFound } from '../refusals.ts'
import { builder } from './builder.ts'
import type { Context } from './context.ts'
import { dryRunIf } from './dry-run.ts'

/** What every input says of its idempotency key, and of a dry run. */
export const idempotencyKeyText =
  'Yours, at most 255 characters: the same key with the same input is answered again, not done again.'
export const dryRunText = 'Answer as if it were done, and do nothing. Only as the one field of an operation.'

type InputRef<Shape> = { readonly $inferInput: Shape }
type PayloadRef<Shown> = { readonly $inferType: Shown }

type Face<Input, Shown, Shape> = {
  /** What the mutation does, for the schema. */
  readonly description: string
  readonly input: InputRef<Shape>
  readonly payload: PayloadRef<Shown>
  /** The command's input, out of the caller's. */
  readonly read: (input: Shape, context: Context) => Input
}

const capital = (name: string) => `${name.charAt(0).toUpperCase()}${name.slice(1)}`

/**
 * The mutation of a command: named like it, with one input, and a result that is its payload or one of its refusals. The
 * refusals are taken from the command, so nothing is said twice. An input with a field `dryRun` gets dry runs by it.
 */
export const commandField = <Input, Shown, Out extends Shown | Refusal, No extends RefusalClass, Shape extends object>(
  definition: Command<Input, Out, No>,
  { description, input, payload, read }: Face<Input, Shown, Shape>,
) => {
  const name = definition.name.slice(definition.name.indexOf('.') + 1)
  const isKeyed = definition.idempotencyKey !== undefined
  // No right is told like no row, and a key like a key, whatever else the command itself refuses.
  const types = [...new Set<RefusalClass>([...definition.refusals, NotFound, ...(isKeyed ? [IdempotencyMismatch] : [])])]
  builder.mutationField(name, (t) =>
    t.field({
      type: payload as never,
      nullable: true,
      description,
      authScopes: { isKnown: true },
      errors: {
        types: types as never,
        union: { name: `${capital(name)}Result`, description: `What came of \`${name}\`: its payload, or why not.` },
      },
      args: { input: t.arg({ type: input as never, required: true, description: 'What to do.' }) },
      resolve: (async (_root: unknown, args: { input: Shape }, context: Context, info: GraphQLResolveInfo) => {
        dryRunIf((args.input as { dryRun?: boolean }).dryRun === true, context.tx, info)
        return granted(await perform(context.tx, definition, read(args.input, context)))
      }) as never,
    }),
  )
}
