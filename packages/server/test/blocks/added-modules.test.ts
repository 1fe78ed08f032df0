/** npm packages that the operator adds to what blocks may load. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { serve } from '@evenkeel/server'
import { startTestServer, type TestServer } from '../support/test-server.ts'

let root: string
let server: TestServer
before(async () => {
  root = mkdtempSync(join(tmpdir(), 'evenkeel-added-'))
  const folder = join(root, 'node_modules', 'greeter')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "greeter", "version": "1.0.0", "main": "index.js" }')
  writeFileSync(
    join(folder, 'index.js'),
    'const { upperFirst } = require("lodash"); const fs = require("fs"); exports.greet = (n) => "Hello " + upperFirst(n); exports.fs = Object.keys(fs).length; exports.Buffer = require("buffer").Buffer',
  )
  server = await startTestServer({ blocks: { hosts: 1, spares: 0, modules: ['greeter'], moduleRoot: root } })
})
after(async () => {
  await server[Symbol.asyncDispose]()
  rmSync(root, { recursive: true, force: true })
})

test('an added package loads by require and by import, shares what is there, and gets no file system', async () => {
  const required = await server.run('const g = require("greeter"); return [g.greet("ann"), g.fs, g.Buffer === Buffer]')
  assert.deepEqual(required.body.result, ['Hello Ann', 0, true], JSON.stringify(required.body.error))
  const imported = await server.run('import { greet } from "greeter"\nexport default () => greet("bo")')
  assert.equal(imported.body.result, 'Hello Bo', JSON.stringify(imported.body.error))
})

test('a package that is not there is a mistake of the configuration that names it', async () => {
  const options = { port: 0, adminPort: 0, blocks: { modules: ['nowhere-to-be-found'], moduleRoot: root } }
  await assert.rejects(serve(options), { code: 'EK_CONFIG_INVALID', message: /nowhere-to-be-found/ })
})

test('a package that cannot be loaded without what blocks have not is a mistake of the configuration, too', async () => {
  const folder = join(root, 'node_modules', 'native')
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{ "name": "native", "version": "1.0.0", "main": "index.js" }')
  writeFileSync(join(folder, 'index.js'), 'exports.version = require("fs").readFileSync("version").toString()')
  const blocks = { hosts: 1, spares: 0, modules: ['greeter', 'native'], moduleRoot: root }
  await assert.rejects(serve({ port: 0, adminPort: 0, blocks }), {
    code: 'EK_CONFIG_INVALID',
    message: /blocks\.modules": "native" cannot be loaded in a block: .*readFileSync is not a function/,
  })
})

test('a path is no name of a package', async () => {
  const options = { port: 0, adminPort: 0, blocks: { modules: ['../secret.js'] } }
  await assert.rejects(serve(options), { code: 'EK_CONFIG_INVALID', message: /blocks\.modules/ })
})
