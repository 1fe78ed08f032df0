import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { HostCall, HostReply, Pool } from '@evenkeel/pool'
import { runBlock } from '../support/pool.ts'

export interface FileResult {
  readonly passed: number
  readonly failed: number
  /** Names and messages of failed subtests. */
  readonly failures: readonly string[]
}

const origin = 'http://web-platform.test'
const limits = { wallMs: 300_000, cpuMs: 120_000, memoryMb: 256, hostCalls: 200 }

/** Runs one file of the suite as a block, with the suite's own harness. Undefined when the file is not meant for a plain global. */
export async function runFile(pool: Pool, root: string, path: string): Promise<FileResult | undefined> {
  const text = readFileSync(join(root, path), 'utf8')
  const globals = /^\/\/ META: global=(.*)$/m.exec(text)?.[1] ?? ''
  if (globals !== '' && !/worker|shadowrealm|\*|window/.test(globals)) return undefined
  const scripts = [...text.matchAll(/^\/\/ META: script=(.*)$/gm)].map(([, name = '']) => name.trim())
  const [harness = '', ...sources] = ['/resources/testharness.js', ...scripts].map((name) =>
    readScript(root, path, name),
  )
  const onCall = (call: HostCall): Promise<HostReply> => Promise.resolve(answer(root, call))
  const ending = /(?<![.\w])done\(\)|single_test/.test(text) ? '' : 'done()'
  const code = [before(path), harness, watch, ...sources, text, ending, 'return finished'].join('\n;\n')
  const { outcome } = await runBlock(pool, code, { ...limits, onCall, freshness: 'isolate' })
  if (outcome.status !== 'ok')
    return {
      passed: 0,
      failed: 1,
      failures: [`the file: ${JSON.stringify({ ...outcome, usage: undefined }).slice(0, 300)}`],
    }
  return JSON.parse(Buffer.from(outcome.output).toString()) as FileResult
}

/** The harness finds neither a document nor a worker, and so takes a plain shell; relative addresses need a place. */
function before(path: string): string {
  return `
globalThis.self = globalThis
self.GLOBAL = { isWindow: () => false, isWorker: () => false, isShadowRealm: () => false }
self.location = { href: '${origin}/${path}', origin: '${origin}', search: '', pathname: '/${path}' }
const sendRequest = fetch
const absolute = (input) => (typeof input === 'string' ? new URL(input, location.href).href : input)
self.fetch = (input, init) => sendRequest(absolute(input), init)
self.Request = class extends Request {
  constructor(input, init) {
    super(absolute(input), init)
  }
}
// Scripts of the suite make these globals without declaring them, which strict code cannot.
self.structuredCloneBatteryOfTests = self.testObjMock = undefined
self.publicKey = self.publicKeys = self.privateKeys = self.noDeriveBitsKeys = self.noDeriveKeyKeys = self.ecdsaKeyPairs = undefined
// The suite reads blobs with it, which blocks have not: here by the blob's own methods, which are what is measured.
self.FileReader = class {
  readAsText(blob) {
    this.#give(blob.text())
  }
  readAsArrayBuffer(blob) {
    this.#give(blob.arrayBuffer())
  }
  addEventListener(name, listener) {
    this['on' + name] = listener
  }
  #give(reading) {
    const tell = (name) => {
      const event = { type: name, target: this }
      this['on' + name]?.(event)
      this.onloadend?.(event)
    }
    reading.then((result) => { this.result = result; tell('load') }, (error) => { this.error = error; tell('error') })
  }
}
`
}

/** In a shell the harness would finish after the first subtest that needs no waiting. */
const watch = `
setup({ explicit_done: true })
const finished = new Promise((resolve) => {
  add_completion_callback((tests, status) => {
    const failed = tests.filter(({ status }) => status !== 0)
    const failures = failed.map(({ name, message }) => (name + ': ' + message).slice(0, 300).toWellFormed())
    if (status.status === 1) failures.push('the harness: ' + status.message)
    resolve({ passed: tests.length - failed.length, failed: failed.length + (status.status === 1 ? 1 : 0), failures })
  })
})`

/** Shared memory would come from WebAssembly: its subtests fail one by one instead of all with the file. */
const buffers = `
const createBuffer = (type, length) => {
  if (type !== 'ArrayBuffer') throw new Error('there is no shared memory')
  return new ArrayBuffer(length)
}`

function readScript(root: string, path: string, name: string): string {
  if (name === '/common/sab.js') return buffers
  return readFileSync(name.startsWith('/') ? join(root, name) : join(root, dirname(path), name), 'utf8')
}

/** The suite's server, as far as files of the checkout go. */
function answer(root: string, { meta }: HostCall): HostReply {
  const { url, method } = meta as { url: string; method: string }
  const { pathname, origin: asked } = new URL(url)
  const file = join(root, normalize(pathname))
  const found = asked === origin && method === 'GET' && existsSync(file) && !pathname.endsWith('.py')
  const headers = [['content-type', pathname.endsWith('.json') ? 'application/json' : 'text/plain']]
  const facts = { statusText: found ? 'OK' : 'Not Found', headers, url, redirected: false }
  return { meta: { status: found ? 200 : 404, ...facts }, body: found ? readFileSync(file) : new Uint8Array(0) }
}
