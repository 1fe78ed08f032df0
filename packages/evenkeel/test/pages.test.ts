/** Pages from the command line: built ahead, refused with file and line, served, and stopped under load. */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const bin = fileURLToPath(new URL('../bin/evenkeel.js', import.meta.url))
const modules = fileURLToPath(new URL('../../../node_modules', import.meta.url))
const run = promisify(execFile)
let project = ''

before(() => {
  project = mkdtempSync(join(tmpdir(), 'evenkeel-pages-'))
  symlinkSync(modules, join(project, 'node_modules'))
  mkdirSync(join(project, 'pages'))
  writeFileSync(join(project, 'package.json'), '{ "type": "module" }')
  writePage(
    `export default () => { const end = performance.now() + 20; while (performance.now() < end); return <p>here</p> }`,
  )
})

after(() => rmSync(project, { recursive: true, force: true }))

const args = (...rest: string[]): string[] => [...process.execArgv, bin, ...rest]

test('build names the pages, and fails with file and line', async () => {
  const { stdout } = await run(process.execPath, args('build', project, '--json'))
  assert.deepEqual((JSON.parse(stdout) as { routes: string[] }).routes, ['index'])
  const good = `export default () => null`
  for (const [source, says] of [
    ['export default () => (\n  <p>', /pages\/index\.tsx:\d+/],
    [`throw new Error('bad at load')\n${good}`, /bad at load[\s\S]*index\.tsx:1/],
  ] as const) {
    writePage(source)
    const failed = await run(process.execPath, args('build', project)).catch((error: unknown) => error)
    const { code, stderr } = failed as { code: number; stderr: string }
    assert.equal(code, 1)
    assert.match(stderr, says)
  }
  writePage(
    `export default () => { const end = performance.now() + 20; while (performance.now() < end); return <p>here</p> }`,
  )
})

test('SIGTERM under load: what was accepted is answered, and the server ends with 0', async (t) => {
  const child = spawn(process.execPath, args('serve', project, '--port', '0', '--admin-port', '0', '--json'), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => child.kill('SIGKILL'))
  const exited = once(child, 'exit') as Promise<[number | null]>
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const { url } = JSON.parse(line.toString()) as { url: string }
  const statuses: number[] = []
  let stopped = false
  const visitor = async (): Promise<void> => {
    for (;;) {
      try {
        const response = await fetch(url)
        const text = await response.text()
        statuses.push(response.status)
        if (response.status === 200) assert.match(text, /<p>here<\/p>/)
      } catch (error) {
        // Refused: the listener is closed. Before the signal nothing may be.
        if (!stopped || (error as Error).name === 'AssertionError') throw error
        return
      }
    }
  }
  const visitors = Array.from({ length: 8 }, visitor)
  while (statuses.length < 40) await new Promise((resolve) => setTimeout(resolve, 5))
  stopped = true
  child.kill('SIGTERM')
  await Promise.all(visitors)
  const [code] = await exited
  assert.equal(code, 0)
  assert.deepEqual(
    statuses.filter((status) => status !== 200),
    [],
  )
})

function writePage(source: string): void {
  writeFileSync(join(project, 'pages', 'index.tsx'), source)
}
