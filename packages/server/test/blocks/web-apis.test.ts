/** Web APIs inside a block, by example: what their standards say of ordinary and of odd input. */
import assert from 'node:assert/strict'
import { after, before, suite, test } from 'node:test'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let server: TestServer
before(async () => {
  server = await startTestServer({ blocks: { hosts: 1, spares: 0 } })
})
after(() => server[Symbol.asyncDispose]())

/** Each block and what it returns, or the class and message of what it throws. */
const results: Readonly<Record<string, readonly (readonly [code: string, result: unknown])[]>> = {
  base64: [
    ['return [btoa(""), btoa("\\xff"), atob(" aG k= "), atob("aGk")]', ['', '/w==', 'hi', 'hi']],
    [
      'try { btoa("ü€") } catch (e) { return [e.name, e.code, e instanceof DOMException, e instanceof Error] }',
      ['InvalidCharacterError', 5, true, true],
    ],
    [
      'return ["a", "ab=", "====", "a=b=", "\\u00e9"].map((x) => { try { return atob(x) } catch (e) { return e.name } })',
      Array(5).fill('InvalidCharacterError'),
    ],
  ],
  encoding: [
    ['return [...new TextEncoder().encode("a€\\ud800")]', [97, 226, 130, 172, 239, 191, 189]],
    [
      'return ["gbk", "big5", "shift_jis", "windows-1252", "utf-16"].map((x) => new TextDecoder(x).encoding)',
      ['gbk', 'big5', 'shift_jis', 'windows-1252', 'utf-16le'],
    ],
    ['return new TextDecoder("gb18030").decode(new Uint8Array([0xd6, 0xd0, 0xce, 0xc4]))', '中文'],
    [
      'try { new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array([0xff])) } catch (e) { return e.name }',
      'TypeError',
    ],
    ['try { new TextDecoder("nope") } catch (e) { return e.name }', 'RangeError'],
    [
      'const d = new TextDecoder(); return [d.decode(new Uint8Array([0xe2, 0x82]), { stream: true }), d.decode(new Uint8Array([0xac]))]',
      ['', '€'],
    ],
    ['return new TextEncoder().encodeInto("a€", new Uint8Array(3))', { read: 1, written: 1 }],
  ],
  url: [
    ['return new URL("../b?c#d", "http://EXAMPLE.com:80/a/x").href', 'http://example.com/b?c#d'],
    [
      'return ["http://0x7f.1", "http://[::FFFF:1.2.3.4]", "http://münchen.de", "HTTP://a\\\\b"].map((x) => new URL(x).href)',
      ['http://127.0.0.1/', 'http://[::ffff:102:304]/', 'http://xn--mnchen-3ya.de/', 'http://a/b'],
    ],
    [
      'return ["http://", "http://a b", "//x", "http://1.2.3.256"].map((x) => URL.canParse(x))',
      [false, false, false, false],
    ],
    [
      'const u = new URL("http://a/?x=1"); u.searchParams.append("y", "ü &"); return u.href',
      'http://a/?x=1&y=%C3%BC+%26',
    ],
    [
      'return [...new URLSearchParams({ b: 1, a: 2 })]',
      [
        ['b', '1'],
        ['a', '2'],
      ],
    ],
    ['const p = new URLSearchParams("b=1&a=2&b=3"); p.sort(); p.delete("b", "3"); return String(p)', 'a=2&b=1'],
    ['return new URLPattern({ pathname: "/users/:id" }).exec("https://x/users/7").pathname.groups', { id: '7' }],
  ],
  headers: [
    [
      'return [...new Headers([["B", "1"], ["a", " 2 "], ["b", "3"], ["set-cookie", "x"], ["Set-Cookie", "y"]])]',
      [
        ['a', '2'],
        ['b', '1, 3'],
        ['set-cookie', 'x'],
        ['set-cookie', 'y'],
      ],
    ],
    [
      'return ["a b", "", "a:", "ü"].map((name) => { try { new Headers().append(name, "v"); return "ok" } catch (e) { return e.name } })',
      Array(4).fill('TypeError'),
    ],
    [
      'return ["a\\nb", "\\0", "€"].map((value) => { try { new Headers().set("a", value); return "ok" } catch (e) { return e.name } })',
      Array(3).fill('TypeError'),
    ],
    ['try { new Headers([["a"]]) } catch (e) { return e.name }', 'TypeError'],
  ],
  blob: [
    [
      'const parts = ["a", { toString() { parts.push("c"); return "b" } }]; const b = new Blob(parts, { endings: { toString: () => "transparent" } }); return [await b.text(), b.slice(0, 1, null).type]',
      ['abc', 'null'],
    ],
    [
      'const b = new Blob(["ab", new Uint8Array([99]), new Blob(["d"])], { type: "Text/Plain" }); return [b.size, b.type, await b.text(), await b.slice(-2, -1).text()]',
      [4, 'text/plain', 'abcd', 'c'],
    ],
    [
      'const f = new File(["x"], "n.txt", { lastModified: 5 }); return [f.name, f.lastModified, f instanceof Blob, String(f)]',
      ['n.txt', 5, true, '[object File]'],
    ],
    ['let n = 0; for await (const c of new Blob(["x".repeat(200000)]).stream()) n += c.length; return n', 200_000],
    ['try { new Blob("text") } catch (e) { return e.name }', 'TypeError'],
  ],
  forms: [
    [
      'const f = new FormData(); f.append("a", "1"); f.append("a", "2"); f.set("a", "3"); f.append("f", new Blob(["x"])); return [[...f.keys()], f.get("a"), f.get("f").name, f.get("f") instanceof File]',
      [['a', 'f'], '3', 'blob', true],
    ],
    [
      'const f = new FormData(); f.append("a\\"b", "l1\\nl2"); f.append("f", new File(["bytes"], "ü.bin", { type: "x/y" })); const back = await new Response(f).formData(); return [[...back.keys()], back.get("a\\"b"), back.get("f").name, back.get("f").type, await back.get("f").text()]',
      [['a"b', 'f'], 'l1\r\nl2', 'ü.bin', 'x/y', 'bytes'],
    ],
    ['return (await new Response(new URLSearchParams("a=1&b=%20")).formData()).get("b")', ' '],
    [
      'try { await new Response("x", { headers: { "content-type": "multipart/form-data; boundary=q" } }).formData() } catch (e) { return e.name }',
      'TypeError',
    ],
  ],
  bodies: [
    [
      'const r = new Response("a"); const before = [r.bodyUsed, r.body.locked]; await r.text(); let e; try { r.body.getReader() } catch (error) { e = error.name } return [...before, r.bodyUsed, r.body.locked, e]',
      [false, false, true, true, 'TypeError'],
    ],
    [
      'const r = new Response(new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(1)); c.close() } })); const reader = r.body.getReader(); const used = [r.bodyUsed]; const failed = await r.text().catch((e) => e.name); await reader.read(); return [...used, r.bodyUsed, failed]',
      [false, true, 'TypeError'],
    ],
    [
      'const one = new Request("http://a/", { method: "POST", body: "b" }); const two = new Request(one); return [one.bodyUsed, two.bodyUsed, one.body !== two.body, await two.text()]',
      [true, false, true, 'b'],
    ],
    [
      'const s = new ReadableStream({ pull(c) { c.enqueue(new TextEncoder().encode("c")); c.close() } }); const one = new Request("http://a/", { method: "POST", body: s, duplex: "half" }); const two = new Request(one); return [one.bodyUsed, await two.text()]',
      [true, 'c'],
    ],
    [
      'const s = new ReadableStream({ start(c) { c.enqueue(new Uint8Array(1)); c.close() } }); const r = s.getReader(); await r.read(); r.releaseLock(); try { new Response(s) } catch (e) { return e.name }',
      'TypeError',
    ],
    [
      'const r = new Response("{}"); await r.text(); try { await r.json() } catch (e) { return [e.name, r.bodyUsed] }',
      ['TypeError', true],
    ],
    ['const r = new Response("abc"); const c = r.clone(); return [await r.text(), await c.text()]', ['abc', 'abc']],
    [
      'const chunk = new Uint16Array([1, 2]); const r = new Response(new ReadableStream({ start(c) { c.enqueue(chunk); c.close() } })); const c = r.clone(); const one = (await r.body.getReader().read()).value; one[0] = 9; const two = (await c.body.getReader().read()).value; return [one === chunk, two === chunk, two.constructor.name, [...two]]',
      [true, false, 'Uint16Array', [1, 2]],
    ],
    [
      'let pulls = 0; const r = new Response(new ReadableStream({ pull(c) { pulls += 1; c.enqueue(new Uint8Array(1)) } }, { highWaterMark: 0 })); const c = r.clone(); await null; await r.body.getReader().read(); c.body.cancel("enough"); return [pulls <= 4, c.bodyUsed]',
      [true, true],
    ],
    [
      'return [Response.error(), Response.redirect("http://a/"), Response.error().clone()].map((r) => { try { r.headers.set("a", "b") } catch (e) { return [e.name, [...new Headers(r.headers)].length] } })',
      [
        ['TypeError', 0],
        ['TypeError', 1],
        ['TypeError', 0],
      ],
    ],
    [
      'const next = new Headers({ a: "1" }).entries(); const proto = Object.getPrototypeOf(next); return [Object.getPrototypeOf(proto) === Iterator.prototype, String(next), [...next], next.next().done, Object.keys(proto)]',
      [true, '[object Headers Iterator]', [['a', '1']], true, ['next']],
    ],
    [
      'return [{ mode: "navigate" }, { cache: "odd" }, { credentials: "x" }, { window: 1 }, { duplex: "full" }, { cache: "only-if-cached" }].map((init) => { try { new Request("http://a/", init) } catch (e) { return e.name } })',
      Array(6).fill('TypeError'),
    ],
    [
      'const r = new Response(new ReadableStream({ start(c) { c.enqueue(new Uint8Array([104, 105])); c.close() } })); return r.text()',
      'hi',
    ],
    [
      'return [new Response(null, { status: 204 }).body, new Response().status, Response.json([1]).headers.get("content-type"), Response.redirect("http://a/", 301).headers.get("location"), Response.error().type]',
      [null, 200, 'application/json', 'http://a/', 'error'],
    ],
    [
      'return [199, 600].map((status) => { try { new Response(null, { status }) } catch (e) { return e.name } })',
      ['RangeError', 'RangeError'],
    ],
    [
      'const r = new Request("http://a/", { method: "post", body: "x" }); return [r.method, r.headers.get("content-type"), await r.text()]',
      ['POST', 'text/plain;charset=UTF-8', 'x'],
    ],
    [
      'return [{ method: "GET", body: "x" }, { method: "TRACE" }, { method: "a b" }].map((init) => { try { new Request("http://a/", init) } catch (e) { return e.name } })',
      Array(3).fill('TypeError'),
    ],
    ['try { await new Response("{").json() } catch (e) { return e.name }', 'SyntaxError'],
  ],
  streams: [
    [
      'const [a, b] = new ReadableStream({ start(c) { c.enqueue(1); c.close() } }).tee(); const read = async (s) => { const o = []; for await (const x of s) o.push(x); return o }; return [await read(a), await read(b)]',
      [[1], [1]],
    ],
    [
      'const up = new TransformStream({ transform: (x, c) => c.enqueue(x.toUpperCase()) }); const w = up.writable.getWriter(); void w.write("a"); void w.close(); const o = []; for await (const x of up.readable) o.push(x); return o',
      ['A'],
    ],
    [
      'const text = "squeeze ".repeat(1000); const out = []; for (const format of ["gzip", "deflate", "deflate-raw"]) { const small = await new Response(new Blob([text]).stream().pipeThrough(new CompressionStream(format))).bytes(); const back = await new Response(new Blob([small]).stream().pipeThrough(new DecompressionStream(format))).text(); out.push(small.length < 500 && back === text) } return out',
      [true, true, true],
    ],
    ['try { new CompressionStream("zip") } catch (e) { return e.name }', 'TypeError'],
    [
      'const s = new Blob(["a€"]).stream().pipeThrough(new TextDecoderStream()); let o = ""; for await (const x of s) o += x; return o',
      'a€',
    ],
  ],
  events: [
    [
      'const t = new EventTarget(); const o = []; t.addEventListener("x", (e) => o.push(e.type, e.target === t)); t.addEventListener("x", () => o.push("once"), { once: true }); t.dispatchEvent(new Event("x")); t.dispatchEvent(new CustomEvent("x", { detail: 1 })); return o',
      ['x', true, 'once', 'x', true],
    ],
    [
      'const c = new AbortController(); const o = []; c.signal.onabort = () => o.push("on"); c.abort(); c.abort(); return [o, c.signal.aborted, c.signal.reason.name]',
      [['on'], true, 'AbortError'],
    ],
    [
      'const a = new AbortController(); const any = AbortSignal.any([a.signal, AbortSignal.timeout(60000)]); a.abort("why"); return [any.aborted, any.reason]',
      [true, 'why'],
    ],
    [
      'const s = AbortSignal.timeout(1); await new Promise((r) => s.addEventListener("abort", r)); return s.reason.name',
      'TimeoutError',
    ],
    [
      'return [AbortSignal.abort(1).reason, (() => { try { AbortSignal.abort(2).throwIfAborted() } catch (e) { return e } })()]',
      [1, 2],
    ],
    ['try { new AbortSignal() } catch (e) { return e.name }', 'TypeError'],
    [
      'const e = new Event("x", { cancelable: true }); new EventTarget().dispatchEvent(e); e.preventDefault(); return e.defaultPrevented',
      true,
    ],
  ],
  clone: [
    [
      'const a = { d: new Date(5), m: new Map([[1, new Set([2])]]), r: /x/gi, e: new RangeError("m"), b: new Uint8Array([1]), n: NaN }; a.self = a; const c = structuredClone(a); return [c !== a, c.self === c, c.d.getTime(), [...c.m.get(1)], String(c.r), c.e instanceof RangeError, c.b[0], Number.isNaN(c.n)]',
      [true, true, 5, [2], '/x/gi', true, 1, true],
    ],
    [
      'return [() => 1, Symbol("x"), new WeakMap()].map((x) => { try { structuredClone(x); return "cloned" } catch (e) { return e.name } })',
      Array(3).fill('DataCloneError'),
    ],
    [
      'const b = new Uint8Array([7]).buffer; const c = structuredClone({ b }, { transfer: [b] }); return [b.byteLength, b.detached, new Uint8Array(c.b)[0]]',
      [0, true, 7],
    ],
    [
      'const b = new ArrayBuffer(1), gone = new ArrayBuffer(1); structuredClone(gone, { transfer: [gone] }); return [[{}], [b, b], [gone]].map((transfer) => { try { structuredClone(b, { transfer }) } catch (e) { return [e.name, b.byteLength] } })',
      Array(3).fill(['DataCloneError', 1]),
    ],
    ['return typeof new ArrayBuffer(1).transfer', 'undefined'],
  ],
  runtime: [
    [
      'return [typeof performance.now(), performance.now() % 1, Object.keys(process.env), process.exit === undefined, process.argv]',
      ['number', 0, [], true, []],
    ],
    ['return await new Promise((r) => process.nextTick(r, 7))', 7],
    [
      'return [Buffer.from("aGk", "base64url").toString(), Buffer.from([251, 255]).toString("base64url"), Buffer.byteLength("€"), Buffer.alloc(3, "ab").toString(), Buffer.isEncoding("base64url")]',
      ['hi', '-_8', 3, 'aba', true],
    ],
    [
      'return { buffer: Buffer.from("hi"), at: new Date(0) }',
      { buffer: { type: 'Buffer', data: [104, 105] }, at: '1970-01-01T00:00:00.000Z' },
    ],
    ['globalThis.fetch = () => "mine"; return fetch()', 'mine'],
    ['return Object.keys(globalThis).length', 0],
  ],
}

for (const [name, cases] of Object.entries(results)) {
  void suite(name, () => {
    for (const [code, result] of cases)
      test(code.slice(0, 110), async () => {
        const { body } = await server.run(code)
        assert.deepEqual(body.result, result, JSON.stringify(body.error))
      })
  })
}

test('an error in a listener fails the block, as one in a timer does', async () => {
  const { body } = await server.run(
    'const t = new EventTarget(); t.addEventListener("x", () => { throw new RangeError("heard") }); t.dispatchEvent(new Event("x")); await new Promise((r) => setTimeout(r, 1)); return 1',
  )
  assert.deepEqual([body.error?.type, body.error?.message], ['RangeError', 'heard'])
})
