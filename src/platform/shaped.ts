import { z } from 'zod'

export type Problems = { readonly problems: readonly string[] }

export type Shaped<Rules extends object> = {
  /** What the shape makes of nothing. */
  readonly defaults: Rules
  /** The rules with their defaults filled in, or every reason why they are none, each with its place. */
  readonly parse: (json: unknown) => Rules | Problems
  /** Every field with its bounds, its default and its description, for whoever writes rules. */
  readonly jsonSchema: () => object
}

/** Rules that a zod shape describes, each field of which has a default. */
export const shaped = <Shape extends z.ZodType<object>>(shape: Shape, name = 'policy'): Shaped<Readonly<z.output<Shape>>> => ({
  defaults: shape.parse({}),
  parse: (json) => {
    const parsed = shape.safeParse(json)
    if (parsed.success) return parsed.data
    return { problems: parsed.error.issues.map(({ path, message }) => `${path.join('.') || name}: ${message}`) }
  },
  jsonSchema: () => z.toJSONSchema(shape, { io: 'input', unrepresentable: 'any' }),
})
