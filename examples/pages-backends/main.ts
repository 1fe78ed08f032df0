/** Serves the pages and has backends in other languages ask for one. A language that is not installed is named and left out. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { serve } from '@evenkeel/server'

const run = promisify(execFile)
const backends: readonly (readonly string[])[] = [
  ['python3', 'python/invoice.py'],
  ['go', 'run', 'go/invoice.go'],
  ['php', 'php/invoice.php'],
]

await using server = await serve({
  port: 0,
  adminPort: 0,
  projectDir: import.meta.dirname,
  blocks: { hosts: 1, spares: 0 },
  pages: { hosts: 1, spares: 0 },
})
for (const [command = '', ...args] of backends) {
  try {
    await run(command, ['--version']).catch(() => run(command, ['version']))
  } catch {
    console.log(`${command} is not installed: ${args.at(-1)} was not run`)
    continue
  }
  const file = join(import.meta.dirname, args.at(-1) ?? '')
  const { stdout } = await run(command, [...args.slice(0, -1), file, server.url], { timeout: 60_000 })
  assert.match(stdout, /<h1>Invoice 7 for Ada &amp; Co<\/h1>.*<p>Total €43\.50<\/p>/)
  console.log(`${command} got its page`)
}
const wrong = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"props":{"number":"seven"}}' }
const refused = await fetch(`${server.url}/v1/pages/invoice`, wrong)
assert.equal(refused.status, 422)
assert.match(await refused.text(), /EK_PAGE_PROPS.*number/)
