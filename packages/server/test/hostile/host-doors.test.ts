/** Whoever holds what the host gives into an isolate, or breaks what the prelude uses, reaches nothing of the host. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

test('the constructor chain of every global and of what it makes ends in the block’s own Function', async () => {
  const { body } = await server.run(
    `
const seen = new Set(), bad = []
const look = (value, path, depth) => {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || seen.has(value) || depth > 4) return
  seen.add(value)
  for (let proto = value; proto !== null; proto = Object.getPrototypeOf(proto)) {
    let constructor
    try { constructor = proto.constructor } catch { continue }
    if (typeof constructor !== 'function') continue
    const F = constructor.constructor
    if (F !== Function) { try { const g = F('return this')(); bad.push([path, typeof g.process?.binding, g === globalThis]) } catch (e) { if (e.name !== 'EvalError') bad.push([path, String(e)]) } }
  }
  for (const key of Reflect.ownKeys(value)) {
    const d = Reflect.getOwnPropertyDescriptor(value, key)
    for (const part of [d.value, d.get, d.set]) look(part, path + '.' + String(key), depth + 1)
  }
}
for (const name of Object.getOwnPropertyNames(globalThis)) { let v; try { v = globalThis[name] } catch { continue } look(v, name, 0) }
for (const v of [require('crypto').createHash('md5').update('x').digest(), crypto.getRandomValues(new Uint8Array(4)), (() => { try { require('nope') } catch (e) { return e } })(), await fetch('http://10.0.0.1').catch((e) => e), (() => { try { require('crypto').createHash('nope') } catch (e) { return e } })(), input, ctx, ctx.signal]) look(v, 'made', 0)
return bad`,
    { input: { a: [1] }, limits: { cpuMs: 8_000, wallMs: 8_000 } },
  )
  assert.deepEqual(body.result, [], JSON.stringify(body).slice(0, 2_000))
})

const strings: readonly string[] = [
  '({}).constructor.constructor("return 1")()',
  '[]["con" + "structor"]["con" + "structor"]("return 1")()',
  '(async () => {}).constructor("return 1")()',
  '(function* () {}).constructor("yield 1")()',
  '(async function* () {}).constructor("yield 1")()',
  'eval("1")',
  '(0, eval)("1")',
  'new Function("return 1")()',
  'fetch.constructor("return 1")()',
  'console.log.constructor("return 1")()',
  'require.constructor("return 1")()',
  'setTimeout.constructor("return 1")()',
  'Reflect.construct(Function, ["return 1"])',
  'require("util").inspect.constructor("return 1")()',
]
for (const code of strings)
  test(`no code from strings: ${code}`, async () => {
    const { body } = await server.run(`return ${code}`)
    assert.equal(body.error?.type, 'EvalError', JSON.stringify(body))
  })

for (const code of ['import("node:fs")', 'import("lodash")', 'import("data:text/javascript,1")'])
  test(`no dynamic import: ${code}`, async () => {
    const { body } = await server.run(`return await ${code}.then(() => "loaded", () => "refused")`)
    assert.equal(body.result, 'refused')
  })

/** Each breaks what the prelude, a bundle or a door uses, then goes through the doors. */
const abuses: readonly string[] = [
  'Map.prototype.get = Map.prototype.set = Map.prototype.delete = () => { throw new Error("map") }',
  'Array.prototype[Symbol.iterator] = function* () { yield "x" }',
  'Object.prototype.then = function (r) { r("thenable") }',
  'Object.defineProperty(Object.prototype, "exports", { get() { throw new Error("getter") }, set() {} })',
  'JSON.parse = JSON.stringify = () => { throw new Error("json") }',
  'Promise.prototype.then = () => { throw new Error("then") }',
  'Object.defineProperty = Reflect.apply = () => { throw new Error("define") }',
  'Error.prepareStackTrace = (e, frames) => frames.map((f) => [f.getThis?.(), f.getFunction?.(), String(f)])',
  'Function.prototype.call = Function.prototype.apply = () => { throw new Error("call") }',
  'String.prototype.split = String.prototype.replace = () => { throw new Error("string") }',
  'Date.now = () => NaN; Number.isFinite = () => true',
  'globalThis.TextEncoder = globalThis.Buffer = globalThis.URL = null',
  'Symbol.iterator.x = 1; Uint8Array.prototype.slice = function () { return { buffer: { evil: 1 } } }',
]
const doors = `
const tries = [() => require('lodash'), () => require({ toString() { throw 1 } }), () => require(new Proxy({}, {})), () => require('crypto').createHash('md5').update(new Proxy(new Uint8Array(1), {})).digest('hex'), () => fetch(new Proxy({}, { get() { throw 1 } })), () => fetch('http://10.0.0.1', { get headers() { throw 1 } }), () => console.log(new Proxy({}, { get() { throw 1 } })), () => setTimeout({ valueOf() { throw 1 } }), () => structuredClone(new Proxy({}, {})), () => crypto.getRandomValues(new Proxy(new Uint8Array(1), {}))]
for (const each of tries) { try { const r = each(); if (r && typeof r.catch === 'function') r.catch(() => {}) } catch (e) { if (/node:|isolated-vm|\\/src\\/|file:/.test(String(e && e.stack))) throw new Error('HOST ' + e.stack) } }
return 'through'`
for (const code of abuses)
  test(`the doors under abuse: ${code.slice(0, 80)}`, async () => {
    const { status, body } = await server.run(`${code};${doors}`, { limits: { wallMs: 2_000 } })
    assert.ok([200, 422, 504].includes(status), JSON.stringify(body))
    assert.doesNotMatch(JSON.stringify(body), /HOST|node:internal|isolated-vm|\.host\.ts/)
    assert.equal((await server.run('return require("lodash").sum([1, 1])')).body.result, 2)
  })

test('a flood of questions to the host ends at the limit', async () => {
  const { status, elapsedMs } = await server.run('for (;;) { try { require("nope") } catch {} }', {
    limits: { wallMs: 500, cpuMs: 500 },
  })
  assert.equal(status, 504)
  assert.ok(elapsedMs < 4_000)
  const again = await server.run('const c = require("crypto"); for (;;) c.randomBytes(1000000)', {
    limits: { wallMs: 500, cpuMs: 500 },
  })
  assert.ok([504, 507].includes(again.status), JSON.stringify(again.body))
  assert.equal((await server.run('return 1')).body.result, 1)
})

test('an error that says what isolated-vm says is still the block’s own', async () => {
  for (const message of [
    'Script execution timed out.',
    'Isolate was disposed during execution due to memory limit',
    'Isolate is disposed',
  ]) {
    const { body } = await server.run(
      'Promise.reject(new Error(input)); await new Promise((r) => setTimeout(r, 1)); return 1',
      { input: message },
    )
    assert.equal(body.result, 1, JSON.stringify(body))
  }
})
