import assert from 'node:assert/strict'
import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { createServer } from '../../../src/apps/compat/compat-app.host.ts'
import type { CompatRequest } from '../../../src/apps/compat/compat-request.ts'
import type { CompatResponse } from '../../../src/apps/compat/compat-response.ts'
import type { Next } from '../../../src/apps/compat/compat-types.ts'
import { ask, later } from './ask.ts'

const folder = mkdtempSync(join(tmpdir(), 'evenkeel-compat-'))
after(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'public'))
writeFileSync(join(folder, 'public', 'page.html'), '<h1>page</h1>')
writeFileSync(join(folder, 'public', 'data.bin'), Buffer.from([0, 255, 1, 254]))
writeFileSync(join(folder, '.env'), 'SECRET=1')
symlinkSync('/etc/passwd', join(folder, 'public', 'link'))

test('middleware runs in order, may wait, may answer, and takes errors', async () => {
  const seen: string[] = []
  const app = createServer()
    .use(async (_req, res, next) => {
      seen.push('in')
      res.header('X-Powered-By', 'test')
      await next()
      seen.push('out')
    })
    .use('/admin', async (_req, res, next) => {
      await later()
      if (_req.get('authorization') === undefined) return res.status(401).send('who are you')
      return next()
    })
    .get('/admin/a', (_req, res) => {
      seen.push('handler')
      res.send('a')
    })
    .get('/administrator', (_req, res) => res.send('other'))
    .get('/fail', () => assert.fail('thrown'))
    .use((error: unknown, _req: CompatRequest, res: CompatResponse, _next: Next) => {
      res.status(500).json({ caught: (error as Error).message })
    })
  assert.equal((await ask(app, '/admin/a')).status, 401)
  assert.equal((await ask(app, '/administrator')).status, 200)
  seen.length = 0
  const allowed = await ask(app, '/admin/a', { headers: { authorization: 'x' } })
  await later()
  assert.deepEqual([allowed.headers.get('x-powered-by'), seen], ['test', ['in', 'handler', 'out']])
  const missing = await ask(app, '/none')
  assert.deepEqual([missing.status, missing.headers.get('x-powered-by')], [404, 'test'])
})

test('an error handler answers for handlers of its route and for middleware before it', async () => {
  const app = createServer()
    .use(() => assert.fail('thrown'))
    .use((error: unknown, _req: CompatRequest, res: CompatResponse, _next: Next) => {
      res.status(418).json({ caught: (error as Error).message })
    })
    .get('/', (_req, res) => res.send('never'))
  const response = await ask(app, '/')
  assert.deepEqual([response.status, await response.json()], [418, { caught: 'thrown' }])
})

test('a middleware that answers OPTIONS for all, as pages of other sites need', async () => {
  const app = createServer()
    .use((req, res, next) => {
      res.header('Access-Control-Allow-Origin', '*')
      return req.method === 'OPTIONS' ? res.status(200).send('OK') : next()
    })
    .get('/users', (_req, res) => res.json([]))
  const response = await ask(app, '/users', { method: 'OPTIONS' })
  assert.deepEqual([response.status, response.headers.get('access-control-allow-origin')], [200, '*'])
  assert.equal((await ask(app, '/users')).headers.get('access-control-allow-origin'), '*')
})

test('files: sent with their type and ranges, kept under a name, and nothing outside the root', async () => {
  const app = createServer({ fileRoot: folder })
    .get('/page', (_req, res) => res.sendFile('public/page.html'))
    .get('/absolute', (_req, res) => res.sendFile(join(folder, 'public', 'page.html')))
    .get('/download', (_req, res) => res.download('public/data.bin', 'zpráva "1".bin'))
    .get('/any', (req, res) => res.sendFile(String(req.query['path'])))
  const page = await ask(app, '/page')
  assert.deepEqual(
    [page.status, page.headers.get('content-type'), await page.text()],
    [200, 'text/html; charset=utf-8', '<h1>page</h1>'],
  )
  assert.equal((await ask(app, '/absolute')).status, 200)
  const part = await ask(app, '/page', { headers: { range: 'bytes=1-2' } })
  assert.deepEqual([part.status, await part.text()], [206, 'h1'])
  const download = await ask(app, '/download')
  assert.equal(
    download.headers.get('content-disposition'),
    `attachment; filename="zpr_va _1_.bin"; filename*=UTF-8''zpr%C3%A1va%20%221%22.bin`,
  )
  assert.deepEqual(await download.bytes(), new Uint8Array([0, 255, 1, 254]))
  const outside = [
    '/etc/passwd',
    '../etc/passwd',
    'public/../.env',
    '.env',
    'public/link',
    'public',
    '',
    'none.txt',
    'public/page.html\0',
    '..\\x',
  ]
  for (const path of outside) assert.equal((await ask(app, `/any?path=${encodeURIComponent(path)}`)).status, 404, path)
})

test('a folder is served where no route is, with and without a slash after the prefix', async () => {
  for (const prefix of ['/static', '/static/']) {
    const app = createServer()
      .static(join(folder, 'public'), prefix)
      .get('/static/page.html', (_req, res) => res.send('the route'))
    assert.equal(await (await ask(app, '/static/page.html')).text(), 'the route')
    assert.equal((await ask(app, '/static/data.bin')).status, 200)
    assert.equal((await ask(app, '/static/link')).status, 404)
    assert.equal((await ask(app, '/static/..%2f.env')).status, 404)
  }
})

test('a stream goes out piece by piece, waits for its reader, and ends with an error when its handler fails', async () => {
  const app = createServer()
    .get('/events', async (_req, res) => {
      res.header('content-type', 'text/event-stream')
      for (let n = 0; n < 3; n += 1) await res.write(`data: ${n}\n\n`)
      res.end('bye')
    })
    .get('/broken', async (_req, res) => {
      await res.write('begun')
      throw new Error('broken')
    })
  const events = await ask(app, '/events')
  assert.equal(events.headers.get('content-type'), 'text/event-stream')
  assert.equal(await events.text(), 'data: 0\n\ndata: 1\n\ndata: 2\n\nbye')
  await assert.rejects((await ask(app, '/broken')).text(), /broken/)
})
