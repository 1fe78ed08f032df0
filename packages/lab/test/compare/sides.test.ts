import { test } from 'node:test'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isLabError } from '../../src/index.ts'
import { checkOut } from '../../src/compare/git-checkout.ts'
import { useNodeBinary } from '../../src/compare/node-binary.ts'
import { parseVariant } from '../../src/compare/variant-spec.ts'
import { inTemporaryFolder } from '../support/temporary-folder.ts'

function refusal(code: string, pattern: RegExp): (error: unknown) => boolean {
  return (error) => isLabError(error) && error.code === code && pattern.test(`${error.message} ${error.hint ?? ''}`)
}

test('the forms of a side', () => {
  assert.deepEqual(parseVariant('https://example.test/x'), { kind: 'url', source: 'https://example.test/x' })
  assert.deepEqual(parseVariant('cmd: node a.js --port 1:2'), { kind: 'command', source: 'node a.js --port 1:2' })
  assert.deepEqual(parseVariant('git:main~2'), { kind: 'commit', source: 'main~2' })
  assert.deepEqual(parseVariant('node:/opt/node'), { kind: 'node', source: '/opt/node' })
  assert.deepEqual(parseVariant('result:a.json,b.json'), { kind: 'result', source: 'a.json,b.json' })
})

test('text that is no side is never run', () => {
  for (const text of ['localhost:3000', 'rm -rf x', 'cmd:', 'http://', ':x', ''])
    assert.throws(
      () => parseVariant(text),
      refusal('EK_LAB_COMPARE', /is nothing that can be compared|is no URL/),
      text,
    )
})

async function inRepository(body: (folder: string) => Promise<void>): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.test', ...args], {
        cwd: folder,
        stdio: 'pipe',
      })
    git('init', '-q', '-b', 'main')
    await writeFile(join(folder, 'version.txt'), 'one')
    git('add', '.')
    git('commit', '-qm', 'one')
    await writeFile(join(folder, 'version.txt'), 'two')
    git('commit', '-qam', 'two')
    await writeFile(join(folder, 'version.txt'), 'uncommitted')
    await body(folder)
  })
}

const env = { PATH: process.env['PATH'] }

test('a commit is laid out beside the repository, set up, and removed again', async () => {
  await inRepository(async (repository) => {
    const checkout = await checkOut({ repository, commit: 'HEAD~1', setup: 'cp version.txt copied.txt', env })
    assert.equal(await readFile(join(checkout.folder, 'copied.txt'), 'utf8'), 'one')
    assert.match(checkout.revision, /^[0-9a-f]{40}$/)
    assert.equal(await readFile(join(repository, 'version.txt'), 'utf8'), 'uncommitted')
    await checkout[Symbol.asyncDispose]()
    assert.equal(existsSync(checkout.folder), false)
    const trees = execFileSync('git', ['worktree', 'list'], { cwd: repository, encoding: 'utf8' })
    assert.equal(trees.trim().split('\n').length, 1)
  })
})

test('an unknown commit, a folder without a repository and a set-up that fails are told apart', async () => {
  await inRepository(async (repository) => {
    const refuses = (commit: string, setup: string | undefined, pattern: RegExp) =>
      assert.rejects(
        checkOut({ repository, commit, env, ...(setup === undefined ? {} : { setup }) }),
        refusal('EK_LAB_CHECKOUT', pattern),
      )
    await refuses('nonexistent', undefined, /"nonexistent" could not be checked out/)
    await refuses('--help', undefined, /"--help" could not be checked out/)
    await refuses('HEAD', 'echo broken >&2; exit 4', /set-up .* ended with code 4: broken/)
    const trees = execFileSync('git', ['worktree', 'list'], { cwd: repository, encoding: 'utf8' })
    assert.equal(trees.trim().split('\n').length, 1)
  })
  await inTemporaryFolder(async (folder) => {
    await mkdir(join(folder, 'x'))
    await assert.rejects(
      checkOut({ repository: join(folder, 'x'), commit: 'HEAD', env }),
      refusal('EK_LAB_CHECKOUT', /not a git repository/),
    )
  })
})

test('a Node binary tells its versions and becomes the node of a command', async () => {
  const node = await useNodeBinary(process.execPath, '/tmp', env)
  assert.equal(node.versions['node'], process.versions.node)
  assert.equal(node.versions['v8'], process.versions.v8)
  const path = execFileSync('/bin/sh', ['-c', 'node -p process.execPath'], { env: node.env({ PATH: '/usr/bin:/bin' }) })
  assert.equal(path.toString().trim(), process.execPath)
  await node[Symbol.asyncDispose]()
})

test('something else is no Node binary', async () => {
  for (const path of ['/bin/true', '/nonexistent/node'])
    await assert.rejects(
      useNodeBinary(path, '/tmp', env),
      refusal('EK_LAB_COMPARE', /is no Node binary that runs here/),
    )
})
