import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import { LabError, messageOf } from '../errors/lab-error.ts'
import type { AgentService } from './agent-service.ts'
import { isSameToken, requireToken } from './agent-token.ts'
import { partLength, type CallAnswer } from './protocol.ts'

export interface HttpAgentOptions {
  readonly service: AgentService
  /** Address to listen on; beyond loopback a token is needed. */
  readonly host: string
  readonly port: number
  readonly token: string | undefined
}

export interface RunningAgent extends AsyncDisposable {
  readonly address: string
}

/** Serves an agent over HTTP: `POST /v1/call` with `{ method, params }`. */
export async function serveHttpAgent(options: HttpAgentOptions): Promise<RunningAgent> {
  const { host, port } = options
  requireToken(host, options.token)
  const server = createServer((request, response) => void handle(request, response, options))
  server.listen(port, host)
  try {
    await once(server, 'listening')
  } catch (error) {
    throw new LabError('EK_LAB_AGENT', `The agent cannot listen on ${host}:${port}: ${messageOf(error)}`, {
      cause: error,
    })
  }
  const address = server.address()
  const actual = typeof address === 'object' && address !== null ? address.port : port
  return {
    address: `http://${host.includes(':') ? `[${host}]` : host}:${actual}`,
    [Symbol.asyncDispose]: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

async function handle(request: IncomingMessage, response: ServerResponse, options: HttpAgentOptions): Promise<void> {
  const given = /^Bearer (.*)$/.exec(request.headers.authorization ?? '')?.[1]
  if (!isSameToken(given, options.token)) return send(response, 401, refusal('The token is missing or wrong'))
  if (request.method !== 'POST' || request.url !== '/v1/call') return send(response, 404, refusal('Not here'))
  // A page in a browser can post text to this machine, but not JSON without being asked first.
  if (request.headers['content-type'] !== 'application/json') return send(response, 415, refusal('JSON is needed'))
  const text = await readBody(request)
  if (text === undefined) return send(response, 413, refusal('The call is too large'))
  send(response, 200, await options.service.answer(parse(text)))
}

function refusal(message: string): CallAnswer {
  return { ok: false, error: { code: 'EK_LAB_AGENT', message } }
}

function send(response: ServerResponse, status: number, answer: CallAnswer): void {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(answer))
}

/** Escaped as JSON, a part takes up to six times its length. */
const mostBytes = partLength * 6 + 4096

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  try {
    for await (const chunk of request) {
      bytes += (chunk as Buffer).byteLength
      if (bytes > mostBytes) return undefined
      chunks.push(chunk as Buffer)
    }
  } catch {
    return ''
  }
  return Buffer.concat(chunks).toString()
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
