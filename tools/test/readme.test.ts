/** Runs the README's requests and compares the answers with the ones it shows. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { serve } from '@evenkeel/server'

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')
const samples = [
  ...readme.matchAll(
    /```sh\ncurl -sS http:\/\/127\.0\.0\.1:3000(\S+) [^']*'content-type: application\/json' -d '([\s\S]*?)'\n```\n\n```json\n([\s\S]*?)```/g,
  ),
]

test('the README has requests with their answers', () => {
  assert.ok(samples.length >= 2)
})

test('each request of the README is answered as the README says', async () => {
  await using server = await serve({ port: 0, adminPort: 0 })
  for (const [, path = '', body = '', answer = ''] of samples) {
    const response = await fetch(server.url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    })
    assert.deepEqual(withoutMeasures(await response.json()), withoutMeasures(JSON.parse(answer)))
  }
})

test('the two commands of the README are scripts of the workspace', () => {
  const { scripts } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    scripts: Record<string, string>
  }
  assert.match(readme, /npm ci && npm start/)
  assert.match(readme, /npm ci && npm test/)
  assert.ok(scripts['start'] !== undefined && scripts['test'] !== undefined)
})

test('the npm scripts run the pinned Node', () => {
  const { devDependencies } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    devDependencies: { node: string }
  }
  const version = execFileSync('node_modules/.bin/node', ['--version'], {
    encoding: 'utf8',
    cwd: new URL('../..', import.meta.url),
  })
  assert.equal(version.trim(), `v${devDependencies.node}`)
})

const measures: ReadonlySet<string> = new Set(['id', 'atMs', 'queueMs', 'wallMs', 'cpuMs', 'peakHeapBytes', 'start'])

/** Times, sizes and ids differ from run to run; their names do not. */
function withoutMeasures(value: unknown): unknown {
  const text = JSON.stringify(value, (key, member: unknown) => (measures.has(key) ? 'measure' : member))
  return JSON.parse(text) as unknown
}
