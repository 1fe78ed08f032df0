import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isLabError, loadScript } from '../../src/index.ts'
import { packScript, unpackScript } from '../../src/agent/script-bundle.ts'
import { shippedOptions } from '../../src/agent/shipped-options.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

async function write(folder: string, files: Record<string, string>): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true })
    await writeFile(join(folder, path), text)
  }
}

const files = {
  'load/script.yml': [
    'config:',
    '  target: "http://127.0.0.1:1"',
    '  processor: ../hooks/hooks.mjs',
    '  payload: { path: ../data/users.csv, fields: [email] }',
    '  http: { defaults: { headers: { authorization: "{{ $env.API_KEY }}" } } }',
    'scenarios:',
    '  - flow: [{ get: { url: / } }]',
  ].join('\n'),
  'hooks/hooks.mjs':
    "import { x } from './deep/helper.mjs'\nexport function hook(c, e, done) { done(x) }\nprocess.env.FROM_HOOK",
  'hooks/deep/helper.mjs': 'export const x = undefined',
  'data/users.csv': 'a@example.test\n',
  'data/extra.bin': 'binary',
  'secret.txt': 'not sent',
}

test('a script goes with its data, its processor and what that imports, and nothing else', async () => {
  await inTemporaryFolder(async (folder) => {
    await write(folder, files)
    const script = await loadScript(join(folder, 'load/script.yml'))
    const bundle = await packScript(script)
    assert.deepEqual(
      bundle.files.map((file) => file.path),
      ['data/users.csv', 'hooks/deep/helper.mjs', 'hooks/hooks.mjs', 'load/script.yml'],
    )
    assert.equal(bundle.entry, 'load/script.yml')
    assert.deepEqual(bundle.payloadFiles, ['data/users.csv'])
    const more = await packScript(script, [join(folder, 'data')])
    assert.ok(more.files.some((file) => file.path === 'data/extra.bin'))
    const copy = join(folder, 'copy')
    await unpackScript(bundle, copy)
    assert.equal(await readFile(join(copy, 'hooks/deep/helper.mjs'), 'utf8'), files['hooks/deep/helper.mjs'])
    assert.equal((await loadScript(join(copy, bundle.entry))).payloads[0]?.rows.length, 1)
  })
})

test('of the environment only what the files name is sent', async () => {
  await inTemporaryFolder(async (folder) => {
    await write(folder, files)
    const env = { API_KEY: 'k', FROM_HOOK: 'h', PASSWORD: 'never' }
    const script = await loadScript(join(folder, 'load/script.yml'), { env })
    const { env: shipped } = shippedOptions(script, await packScript(script))
    assert.deepEqual({ ...shipped }, { API_KEY: 'k', FROM_HOOK: 'h' })
  })
})

test('a bundle cannot write outside its folder', async () => {
  await inTemporaryFolder(async (folder) => {
    for (const path of ['../x', '/etc/x', 'a/../../x'])
      await assert.rejects(
        unpackScript(
          { entry: 'x', configFile: undefined, payloadFiles: [], files: [{ path, base64: '' }] },
          join(folder, 'in'),
        ),
        (error) => isLabError(error) && error.message.includes('leaves the bundle'),
      )
  })
})

test('a file that is to be included must be there', async () => {
  await inTemporaryFolder(async (folder) => {
    await write(folder, files)
    const script = await loadScript(join(folder, 'load/script.yml'))
    await assert.rejects(
      packScript(script, [join(folder, 'none')]),
      (error) => isLabError(error) && error.code === 'EK_LAB_SCRIPT_READ',
    )
  })
})
