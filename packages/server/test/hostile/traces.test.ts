/** What a run did to its world, and what it held, is found neither by later runs nor in the hosts that take over. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { memoryHolds, procSkip, rotationPids } from '../support/hosts.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'

const hosts = 2
/** More often than there are runtimes. */
const rounds = 3 * hosts
const canary = 'canary-5d1f-of-tenant-one'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts, spares: 1 } })
})
after(() => server[Symbol.asyncDispose]())

const modules = ['lodash', 'dayjs', 'axios', 'crypto', 'events', 'buffer', 'url', 'util', 'stream', 'qs', 'uuid']

/** Prototypes, globals, namespaces, every module and the require function. */
const pollute = `
const mark = (target) => { try { Object.defineProperty(target, 'dirt', { value: input.mark, configurable: true, enumerable: true }) } catch {} }
for (const name of Object.getOwnPropertyNames(globalThis)) {
  let value; try { value = globalThis[name] } catch { continue }
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null) continue
  mark(value); if (value.prototype) mark(value.prototype)
}
for (const get of [async () => {}, function* () {}, async function* () {}]) { mark(Object.getPrototypeOf(get)); mark(Object.getPrototypeOf(get).constructor) }
for (const name of ${JSON.stringify(modules)}) { const m = require(name); mark(m); if (m.prototype) mark(m.prototype) }
mark(require); if (require.cache) mark(require.cache)
globalThis.kept = { mark: input.mark, bytes: new TextEncoder().encode(input.mark.repeat(1000)) }
JSON.parse = JSON.stringify = Math.random = Date.now = () => input.mark
Array.prototype.map = Promise.prototype.then = Map.prototype.get = Function.prototype.call = () => input.mark
return 1`

/** Walks everything that can be reached from the global object and the modules. */
const seek = `
const seen = new Set(), found = []
const look = (value, path, depth) => {
  if (typeof value === 'string') { if (value.includes(input.part)) found.push(path); return }
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 6) return
  seen.add(value)
  if (value === input) return
  if (Object.hasOwn(value, 'dirt')) found.push(path + '.dirt')
  look(Object.getPrototypeOf(value), path + '.__proto__', depth + 1)
  for (const key of Reflect.ownKeys(value)) {
    const d = Reflect.getOwnPropertyDescriptor(value, key)
    if (d === undefined) continue
    for (const part of [d.value, d.get, d.set]) look(part, path + '.' + String(key), depth + 1)
  }
}
for (const name of Object.getOwnPropertyNames(globalThis)) { let value; try { value = globalThis[name] } catch { continue } if (name !== 'input') look(value, name, 0) }
for (const name of ${JSON.stringify(modules)}) look(require(name), name, 0)
look(require, 'require', 0)
return [found, typeof kept, JSON.stringify([1].map((n) => n + 1)), Date.now() > 0, seen.size > 1000]`

async function runAs(token: string, code: string, input: unknown): Promise<unknown> {
  const limits = { wallMs: 10_000, cpuMs: 10_000 }
  const { body } = await server.ask('POST', '/v1/run', { token, body: { code, input, limits } })
  return body.error === undefined ? body.result : body.error
}

test('nothing of one run is in the world of any later one, whoever runs it', async () => {
  const [one, other] = [(await server.token()).token, (await server.token()).token]
  for (let round = 0; round < rounds; round += 1) await runAs(one, pollute, { mark: canary })
  for (let round = 0; round < rounds; round += 1)
    for (const token of [other, one])
      assert.deepEqual(await runAs(token, seek, { part: canary.slice(0, 12) }), [[], 'undefined', '[2]', true, true])
})

test('a function that reuses its world keeps it from every other function and tenant', async () => {
  const [one, other] = [(await server.token()).token, (await server.token()).token]
  await server.ask('PUT', '/v1/functions/keeper', { token: one, body: { code: pollute, freshness: 'reuse' } })
  for (let round = 0; round < rounds; round += 1)
    await server.ask('POST', '/v1/functions/keeper/invoke', { token: one, body: { input: { mark: canary } } })
  for (let round = 0; round < rounds; round += 1)
    for (const token of [other, one])
      assert.deepEqual(await runAs(token, seek, { part: canary.slice(0, 12) }), [[], 'undefined', '[2]', true, true])
})

test('a host that takes over after a recycle never held what was run before', { skip: procSkip }, async () => {
  const { token } = await server.token()
  for (let round = 0; round < rounds; round += 1) await runAs(token, pollute, { mark: canary })
  const before = await rotationPids(server)
  assert.ok(
    before.some((pid) => memoryHolds(pid, canary)),
    'the search finds what is there',
  )
  assert.equal((await server.admin('POST', '/admin/recycle')).status, 200)
  const now = await rotationPids(server)
  assert.equal(now.length, hosts)
  for (const pid of now) {
    assert.ok(!before.includes(pid))
    assert.equal(memoryHolds(pid, canary), false)
  }
})
