import type { App } from '../../src/app.ts'
import { theApp, tokenFor } from './app.ts'

/** Whoever can ask: a principal's subject, or a bearer credential of their own. */
export type Asking = { readonly subject?: string; readonly bearer?: string }

export type Answer<Data = Record<string, unknown>> = {
  readonly data?: Data | null
  readonly errors?: readonly {
    message: string
    path?: (string | number)[]
    extensions: { code: string; [fact: string]: unknown }
  }[]
}

/** A document typed by codegen, or plain text where a test bends it. */
type Text<Data, Variables> = string | { readonly __apiType?: (variables: Variables) => Data; toString: () => string }

/** Over real HTTP, as every caller does. */
export const ask = async <Data = Record<string, never>, Variables extends object = Record<string, unknown>>(
  who: Asking,
  document: Text<Data, Variables>,
  variables?: Variables,
  app?: App,
): Promise<Answer<Data>> => {
  const { url } = app ?? (await theApp())
  const bearer = who.bearer ?? (who.subject === undefined ? undefined : tokenFor(who.subject))
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(bearer === undefined ? {} : { authorization: `Bearer ${bearer}` }) },
    body: JSON.stringify({ query: String(document), variables }),
  })
  return (await response.json()) as Answer<Data>
}
