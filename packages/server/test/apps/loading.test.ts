import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fetchApp, tempApp, type Files } from '../support/temp-app.ts'

const text = async (url: string, init?: RequestInit): Promise<string> => (await fetch(url, init)).text()

test('TypeScript that needs a compiler, TSX, JSON, top-level await, dynamic import and packages', async () => {
  await using running = await tempApp({
    'app.tsx': `
      import { h } from './h.js'
      import data from './data.json'
      import { named } from 'a-package/sub'
      enum Colour { Red = 'red' }
      class Point { constructor(readonly x: number) {} }
      const late: string = await Promise.resolve('awaited')
      const React = { createElement: h }
      export default {
        async fetch(request: Request): Promise<Response> {
          const { dynamic } = await import('./dynamic')
          return Response.json([<b>{data.name}</b>, Colour.Red, new Point(3).x, late, dynamic, named])
        },
      }`,
    'tsconfig.json': '{ "compilerOptions": { "jsx": "react", "jsxFactory": "h" } } // comments are fine',
    'h.ts':
      'export const h = (tag: string, _: unknown, ...children: string[]) => `<${tag}>${children.join("")}</${tag}>`',
    'data.json': '{"name":"json"}',
    'dynamic.ts': 'export const dynamic: number = 5',
    'node_modules/a-package/package.json': '{"type":"module","exports":{"./sub":"./dist/sub.js"}}',
    'node_modules/a-package/dist/sub.js': 'export const named = "package"',
  })
  assert.deepEqual(JSON.parse(await text(running.url)), ['<b>json</b>', 'red', 3, 'awaited', 5, 'package'])
})

const kinds: Readonly<Record<string, Files>> = {
  'a Node handler': {
    'app.js': `export default (request, response) => { response.setHeader('x-kind', 'node'); response.end('node ' + request.url) }`,
  },
  'a Node server': {
    'app.js': `import { createServer } from 'node:http'
export default createServer((request, response) => response.end('node ' + request.url))`,
  },
  'a function of a request': {
    'app.js': `export default (request) => new Response('node ' + new URL(request.url).pathname)`,
  },
  'a CommonJS module': {
    'app.cjs': `module.exports = { fetch: (request) => new Response('node ' + new URL(request.url).pathname) }`,
  },
  Hono: {
    'app.ts': `import { Hono } from '${import.meta.resolve('hono')}'
export default new Hono().get('/x', (c) => c.text('node /x'))`,
  },
  h3: {
    'app.ts': `import { H3 } from '${import.meta.resolve('h3')}'
export default new H3().get('/x', () => 'node /x')`,
  },
  Express: {
    'app.js': `import express from '${import.meta.resolve('express')}'
const app = express()
app.use(express.json())
app.get('/x', (request, response) => response.send('node ' + request.path))
export default app`,
  },
  Koa: {
    'app.js': `import Koa from '${import.meta.resolve('koa')}'
const app = new Koa()
app.use(async (context) => { context.body = 'node ' + context.path })
export default app`,
  },
  Fastify: {
    'app.js': `import Fastify from '${import.meta.resolve('fastify')}'
const app = Fastify()
app.get('/x', async () => 'node /x')
export default app`,
  },
}
for (const [name, files] of Object.entries(kinds)) {
  test(`the default export may be ${name}`, async () => {
    await using running = await tempApp(files)
    assert.equal(await text(`${running.url}/x`), 'node /x')
  })
}

const broken: Readonly<Record<string, readonly [Files, RegExp]>> = {
  'a syntax error of a script': [
    { 'app.js': 'import "./lib.js"\nexport default {}', 'lib.js': '\nlet a = ;' },
    /lib\.js:2:\d+: /,
  ],
  'a syntax error': [{ 'app.ts': 'export default {\n  fetch() { return new Response(;) },\n}' }, /app\.ts:2:\d+: /],
  'an error at the start': [
    { 'app.ts': '\n\nconst port: number = 1\nthrow new RangeError("no " + port)' },
    /RangeError: no 1\n.*app\.ts:4:7/s,
  ],
  'no default export': [{ 'app.ts': 'export const fetch = 1' }, /has no default export/],
  'an export that cannot answer': [{ 'app.ts': 'export default { a: 1 }' }, /cannot answer requests/],
  'a module that is not there': [
    { 'app.ts': 'import "./missing.ts"\nexport default { fetch() {} }' },
    /Cannot find module .*missing\.ts/,
  ],
}
for (const [name, [files, message]] of Object.entries(broken)) {
  test(`${name} is one clear error`, async () => {
    await assert.rejects(tempApp(files), { code: 'EK_APP_LOAD', message })
  })
}

test('the environment of the app is what it is given', async () => {
  const body = 'return Response.json([env, process.env.SECRET ?? null, process.env.HOME ?? null])'
  await using running = await tempApp({ 'app.js': fetchApp(body) }, { variables: { SECRET: 's' } })
  assert.deepEqual(JSON.parse(await text(running.url)), [{ SECRET: 's' }, 's', null])
})
