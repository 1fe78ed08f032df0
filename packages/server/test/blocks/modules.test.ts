/** `require` and `import`: the allow-list, and nothing else. */
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

const results: readonly (readonly [code: string, result: unknown])[] = [
  ['return require("lodash/chunk")([1, 2, 3], 2)', [[1, 2], [3]]],
  ['return require("lodash/fp").map((x) => x + 1)([1])', [2]],
  ['return require("date-fns").format(new Date(2020, 1, 3), "yyyy-MM-dd")', '2020-02-03'],
  [
    'const { de } = require("date-fns/locale"); return require("date-fns").format(new Date(2020, 2, 3), "MMMM", { locale: de })',
    'März',
  ],
  [
    'const dayjs = require("dayjs"); dayjs.extend(require("dayjs/plugin/utc")); return dayjs.utc(0).format()',
    '1970-01-01T00:00:00Z',
  ],
  ['return require("crypto-js").HmacSHA256("a", "k").toString().length', 64],
  [
    'const { XMLBuilder } = require("fast-xml-parser"); return new XMLBuilder().build({ a: { b: 1 } })',
    '<a><b>1</b></a>',
  ],
  [
    'const x = require("xlsx"); return [x.version, x.utils.sheet_to_json(x.read("a,b\\n1,2", { type: "string" }).Sheets.Sheet1)]',
    ['0.20.3', [{ a: 1, b: 2 }]],
  ],
  [
    'const { sm2, sm3, sm4 } = require("sm-crypto"); const k = sm2.generateKeyPairHex(); const key = "0123456789abcdeffedcba9876543210"; return [sm2.doDecrypt(sm2.doEncrypt("m", k.publicKey), k.privateKey), sm3("abc").slice(0, 8), sm4.decrypt(sm4.encrypt("m", key), key)]',
    ['m', '66c7f0f4', 'm'],
  ],
  [
    'const F = require("form-data"); const f = new F(); f.append("a", "b"); return [/name="a"\\r\\n\\r\\nb/.test(f.getBuffer().toString()), /boundary/.test(f.getHeaders()["content-type"])]',
    [true, true],
  ],
  [
    'const { Readable, Transform } = require("stream"); const { pipeline } = require("stream/promises"); const o = []; await pipeline(Readable.from(["a", "b"]), new Transform({ transform(c, e, done) { done(null, String(c).toUpperCase()) } }), async (s) => { for await (const c of s) o.push(String(c)) }); return o.join("")',
    'AB',
  ],
  ['const E = require("events"); const e = new E(); setTimeout(() => e.emit("x", 1), 1); return E.once(e, "x")', [1]],
  [
    'const u = require("util"); return [u.inspect({ a: [1] }), u.format("%s-%d", "a", 1), u.types.isDate(new Date()), u.isDeepStrictEqual({ a: [1] }, { a: [1] }), await u.promisify((a, done) => done(null, a))(3), new u.TextEncoder().encode("a")[0]]',
    ['{ a: [ 1 ] }', 'a-1', true, true, 3, 97],
  ],
  [
    'const assert = require("assert"); try { assert.deepStrictEqual([1], [2]) } catch (e) { return e.code }',
    'ERR_ASSERTION',
  ],
  [
    'const q = require("querystring"); return [q.stringify({ a: [1, 2], b: "ü" }), { ...q.parse("a=1&a=2&b=%C3%BC+x") }]',
    ['a=1&a=2&b=%C3%BC', { a: ['1', '2'], b: 'ü x' }],
  ],
  [
    'const u = require("url"); return [u.parse("http://a/b?c=1", true).query.c, u.resolve("http://a/b/c", "../d"), u.URL === URL]',
    ['1', 'http://a/d', true],
  ],
  ['return require("path").posix.resolve("/a/b", "../c")', '/a/c'],
  [
    'return [require("buffer").Buffer === Buffer, require("node:buffer") === require("buffer"), require("lodash") === require("lodash")]',
    [true, true, true],
  ],
  ['return new (require("string_decoder").StringDecoder)("utf8").write(Buffer.from([0xe2, 0x82]))', ''],
  ['return require("uuid").validate(require("uuid").v7())', true],
  [
    'const { pinyin } = require("pinyin"); return [{}, { segment: "Intl.Segmenter" }].map((how) => pinyin("音乐长大", how).join(" "))',
    ['yīn lè cháng dà', 'yīn yuè zhǎng dà'],
  ],
  ['return require("pinyin").pinyin("中心")', [['zhōng'], ['xīn']]],
]
for (const [code, result] of results)
  test(code.slice(0, 100), async () => {
    const { body } = await server.run(code, { limits: { cpuMs: 4_000 } })
    assert.deepEqual(body.result, result, JSON.stringify(body.error))
  })

const refused = [
  'fs',
  'node:fs',
  'module',
  'process',
  'console',
  'worker_threads',
  'inspector',
  'vm',
  '/etc/passwd',
  '/etc/none',
  '../x',
  './x.json',
  '',
  'constructor',
  '__proto__',
  'node:lodash',
  'web/fetch',
  'evenkeel:host',
  'lodash/nope',
  'lodash/../qs',
  'LODASH',
  'lodash\u0000',
]
test('every other name is refused with one message, whether there is such a file or not', async () => {
  const { body } = await server.run(
    'return input.map((name) => { try { require(name); return "loaded" } catch (e) { return [e.name, e.code, e.message.replace(JSON.stringify(name), "X")] } })',
    { input: refused },
  )
  assert.deepEqual(
    body.result,
    refused.map(() => ['ModuleNotFoundError', 'MODULE_NOT_FOUND', 'Cannot find module X']),
  )
})

test('what one run does to a module no other run sees', async () => {
  const names = ['lodash', 'dayjs', 'qs', 'events', 'crypto', 'buffer', 'util', 'url']
  const dirty =
    'for (const m of input.map(require)) { m.dirt = 1; Object.getPrototypeOf(m).dirt = 1 } Array.prototype.map = null; return 1'
  for (let count = 0; count < 3; count += 1) assert.equal((await server.run(dirty, { input: names })).body.result, 1)
  const { body } = await server.run('return input.map((name) => require(name).dirt === undefined)', { input: names })
  assert.deepEqual(
    body.result,
    names.map(() => true),
  )
})
