import { openAsBlob } from 'node:fs'
import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { AwsClient } from 'aws4fetch'
import { limits } from '../limits.ts'
import { type DocumentKey, type DocumentStore, placeOf } from './document-store.ts'

export type S3Options = {
  /** Without a bucket in it: https://s3.eu-central-1.amazonaws.com, or any server that speaks the same. */
  readonly endpoint: string
  readonly bucket: string
  readonly region: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
}

/** Documents in a bucket. The hash of the bytes is signed with each request that sends some: the store refuses others. */
export const s3Store = ({ endpoint, bucket, ...credentials }: S3Options): DocumentStore => {
  const client = new AwsClient({ ...credentials, service: 's3', retries: 2 })
  const ask = async (key: DocumentKey, init: RequestInit): Promise<Response> => {
    const address = new URL(`/${encodeURIComponent(bucket)}/${placeOf(key).join('/')}`, endpoint)
    // Until it answers: how long the bytes then take is up to who reads them.
    const late = new AbortController()
    const timer = setTimeout(() => late.abort(), limits.evidence.storeMs)
    const response = await client.fetch(address, { ...init, signal: late.signal }).finally(() => clearTimeout(timer))
    if (response.ok || response.status === 404) return response
    throw new Error(`the store of documents answered ${init.method} with ${response.status}`)
  }
  return {
    put: async (key, file) => {
      const response = await ask(key, {
        method: 'PUT',
        // Its length is known, which a stream's is not: S3 takes no body of unknown length.
        body: await openAsBlob(file),
        headers: { 'x-amz-content-sha256': key.sha256, 'content-type': 'application/octet-stream' },
      })
      if (!response.ok) throw new Error('the store of documents has no such bucket')
      await response.arrayBuffer()
    },
    has: async (key) => (await ask(key, { method: 'HEAD' })).ok,
    open: async (key) => {
      const response = await ask(key, { method: 'GET' })
      if (response.body === null || !response.ok) {
        await response.body?.cancel()
        return null
      }
      return Readable.fromWeb(response.body as ReadableStream)
    },
    remove: async (key) => void (await (await ask(key, { method: 'DELETE' })).arrayBuffer()),
  }
}
