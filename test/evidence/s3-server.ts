import { createHash, createHmac } from 'node:crypto'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'

// As much of S3 as documents need, with the signature checked as its specification says: written from that, and not from
// the library that signs.

export type S3Server = {
  readonly endpoint: string
  readonly objects: Map<string, Buffer>
  /** Each request that was not signed as it must be, and why. */
  readonly faults: string[]
  /** The next requests are answered with this status. */
  failing: number[]
  readonly stop: () => Promise<void>
}

export type S3Keys = { readonly accessKeyId: string; readonly secretAccessKey: string; readonly region: string }

const hex = (text: string | Buffer) => createHash('sha256').update(text).digest('hex')
const hmac = (key: string | Buffer, text: string) => createHmac('sha256', key).update(text).digest()

/** Null where the request is signed with the keys, and its body is the one that was signed. */
const faultOf = (request: IncomingMessage, body: Buffer, { accessKeyId, secretAccessKey, region }: S3Keys): string | null => {
  const shape =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/s3\/aws4_request, ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/
  const [, id, day = '', place = '', signed = '', signature] = shape.exec(request.headers.authorization ?? '') ?? []
  if (id !== accessKeyId || place !== region) return 'it is not signed with the keys'
  const at = String(request.headers['x-amz-date'])
  const payload = String(request.headers['x-amz-content-sha256'])
  if (!/^\d{8}T\d{6}Z$/.test(at) || !at.startsWith(day)) return 'it is signed for no time'
  if (payload !== 'UNSIGNED-PAYLOAD' && payload !== hex(body)) return 'its body is not the one that was signed'
  if (request.method === 'PUT' && payload === 'UNSIGNED-PAYLOAD') return 'its body is not signed'
  if (request.method === 'PUT' && request.headers['content-length'] !== String(body.length))
    return 'it does not say how long it is'
  const names = signed.split(';')
  if (!['host', 'x-amz-content-sha256', 'x-amz-date'].every((name) => names.includes(name))) return 'a header is not signed'
  const headers = names.map((name) => `${name}:${String(request.headers[name]).trim()}\n`).join('')
  const canonical = [request.method, request.url, '', headers, signed, payload].join('\n')
  const scope = `${day}/${region}/s3/aws4_request`
  const key = hmac(hmac(hmac(hmac(`AWS4${secretAccessKey}`, day), region), 's3'), 'aws4_request')
  const expected = hmac(key, ['AWS4-HMAC-SHA256', at, scope, hex(canonical)].join('\n')).toString('hex')
  return expected === signature ? null : 'its signature is not that of the request'
}

export const startS3 = async (keys: S3Keys, bucket: string): Promise<S3Server> => {
  const objects = new Map<string, Buffer>()
  const faults: string[] = []
  const state = { failing: [] as number[] }
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const answer = (status: number, bytes?: Buffer) => {
      response.statusCode = status
      response.end(bytes)
    }
    const failure = state.failing.shift()
    if (failure !== undefined) return answer(failure)
    const fault = faultOf(request, body, keys)
    if (fault !== null) {
      faults.push(fault)
      return answer(403)
    }
    const name = request.url ?? ''
    if (!name.startsWith(`/${bucket}/`)) return answer(404)
    const found = objects.get(name)
    if (request.method === 'PUT') {
      objects.set(name, body)
      return answer(200)
    }
    if (request.method === 'DELETE') {
      objects.delete(name)
      return answer(204)
    }
    return found === undefined ? answer(404) : answer(200, request.method === 'HEAD' ? undefined : found)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    objects,
    faults,
    get failing() {
      return state.failing
    },
    set failing(statuses) {
      state.failing = statuses
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
