import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

const bin = fileURLToPath(new URL('../../bin/evenkeel.js', import.meta.url))

function project(t: TestContext, files: Readonly<Record<string, string>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'evenkeel-bundle-')))
  t.after(() => rmSync(folder, { recursive: true, force: true }))
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
  }
  return folder
}

interface Ended {
  readonly code: number
  readonly output: string
}

function run(args: readonly string[], cwd: string): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: 60_000 }, (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, output: stdout + stderr }),
    )
  })
}

const bundle = (cwd: string, ...args: string[]): Promise<Ended> =>
  run(['--conditions=@evenkeel/source', bin, 'bundle', ...args], cwd)

/** What plain node gets from a bundle's app. */
const ask = (cwd: string, file: string): Promise<Ended> =>
  run(
    [
      '--enable-source-maps',
      '--input-type=module',
      '-e',
      `const { default: app } = await import('./${file}'); console.log(await (await app.fetch(new Request('http://x/'))).text())`,
    ],
    cwd,
  )

const app = {
  'app.tsx': `import { shout } from './lib.ts'
import data from './data.json' with { type: 'json' }
import old from 'old-style'
const started = await Promise.resolve('ready')
export default {
  fetch(): Response {
    return new Response([started, shout(data.word), old.where()].join(' '))
  },
}
`,
  'lib.ts': `export function shout(word: string): string {
  return word.toUpperCase()
}
`,
  'data.json': '{"word":"even"}',
  'node_modules/old-style/package.json': '{"name":"old-style","main":"index.js"}',
  'node_modules/old-style/index.js': `const path = require('path'); exports.where = () => path.basename(__filename)`,
}

test('TypeScript, JSON, a CommonJS package and top-level await become one file that node starts', async (t) => {
  const folder = project(t, app)
  const bundled = await bundle(folder, 'app.tsx', '--json', '--banner', '/* Shop 1.2 */')
  assert.equal(bundled.code, 0, bundled.output)
  const said = JSON.parse(bundled.output) as { file: string; bytes: number; modules: number; external: string[] }
  const text = readFileSync(join(folder, 'app.bundle.js'), 'utf8')
  assert.deepEqual([said.file, said.modules, said.external], ['app.bundle.js', 4, []])
  assert.equal(said.bytes, Buffer.byteLength(text))
  assert.ok(text.startsWith('/* Shop 1.2 */\n'))
  for (const gone of ['node_modules', 'lib.ts', 'data.json', 'app.tsx']) rmSync(join(folder, gone), { recursive: true })
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  assert.deepEqual(await ask(folder, 'app.bundle.js'), { code: 0, output: 'ready EVEN app.bundle.js\n' })
})

test('an app with a "require" of its own is bundled beside CommonJS', async (t) => {
  const folder = project(t, {
    ...app,
    'app.tsx': `import { createRequire } from 'node:module'
import old from 'old-style'
const require = createRequire(import.meta.url)
export default { fetch: () => new Response(typeof require('node:fs').readFileSync + old.where()) }
`,
  })
  assert.equal((await bundle(folder, 'app.tsx', '--no-minify', '-o', 'out/app.mjs')).code, 0)
  assert.deepEqual(await ask(folder, 'out/app.mjs'), { code: 0, output: 'functionapp.mjs\n' })
})

test('an error in the bundle names the file and line of the source', async (t) => {
  const folder = project(t, {
    'app.ts': `import { fail } from './fail.ts'\nexport default { fetch: () => fail() }\n`,
    'fail.ts': `interface Unused {\n  a: string\n}\nexport function fail(): never {\n  throw new Error('it failed')\n}\n`,
  })
  assert.equal((await bundle(folder, 'app.ts', '-o', 'app.mjs')).code, 0)
  assert.ok(existsSync(join(folder, 'app.mjs.map')))
  const { code, output } = await ask(folder, 'app.mjs')
  assert.equal(code, 1)
  assert.match(output, /it failed[\s\S]*fail\.ts:5:/)
  await bundle(folder, 'app.ts', '-o', 'plain.mjs', '--sourcemap', 'none')
  assert.equal(existsSync(join(folder, 'plain.mjs.map')), false)
})

test('a broken file is one line with its place, exit 1, and nothing is written', async (t) => {
  const folder = project(t, {
    'syntax.ts': `const fine = 1\nexport default { fetch( }\n`,
    'missing.ts': `\nimport { x } from './nowhere.ts'\nexport default { fetch: () => x }\n`,
  })
  const broken: readonly [file: string, says: RegExp][] = [
    ['syntax.ts', /^evenkeel: cannot bundle "syntax\.ts": syntax\.ts:2:25: .+ \(EK_BUNDLE_FAILED\)\n$/],
    [
      'missing.ts',
      /^evenkeel: cannot bundle "missing\.ts": missing\.ts:2:19: Could not resolve "\.\/nowhere\.ts" \(EK_BUNDLE_FAILED\)\n$/,
    ],
    ['none.ts', /^evenkeel: cannot bundle "none\.ts": Could not resolve .*none\.ts" \(EK_BUNDLE_FAILED\)\n$/],
  ]
  for (const [file, says] of broken) {
    const { code, output } = await bundle(folder, file)
    assert.equal(code, 1)
    assert.match(output, says)
  }
  assert.equal(existsSync(join(folder, 'syntax.bundle.js')), false)
  assert.equal((await bundle(folder, 'syntax.ts', '--sourcemap', 'magic')).code, 2)
})

test('packages with a native addon, and those that are named, stay outside and are told', async (t) => {
  const folder = project(t, {
    'app.ts': `import addon from 'with-addon'
import other from 'with-loader'
import named from 'named'
export default { fetch: () => new Response([addon, other, named].join()) }
`,
    'node_modules/with-addon/package.json':
      '{"name":"with-addon","type":"module","exports":"./index.js","gypfile":true}',
    'node_modules/with-addon/index.js': `export default 'addon'`,
    'node_modules/with-loader/package.json':
      '{"name":"with-loader","type":"module","exports":"./index.js","dependencies":{"node-gyp-build":"4"}}',
    'node_modules/with-loader/index.js': `export default 'loader'`,
    'node_modules/named/package.json': '{"name":"named","type":"module","exports":"./index.js"}',
    'node_modules/named/index.js': `export default 'named'`,
  })
  const { code, output } = await bundle(folder, 'app.ts', '-o', 'app.mjs', '--external', 'named')
  assert.equal(code, 0, output)
  assert.match(
    output,
    /^app\.mjs: \d+ bytes from 1 modules\nTo be installed beside it: named, with-addon, with-loader\n$/,
  )
  assert.deepEqual(await ask(folder, 'app.mjs'), { code: 0, output: 'addon,loader,named\n' })
})
