/** Runs in an empty folder with the packed packages installed, without the source condition: the command serves and answers. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const child = spawn('node_modules/.bin/evenkeel', ['serve', '--port', '0', '--admin-port', '0', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const [line] = await once(child.stdout, 'data')
const { url } = JSON.parse(String(line))
const post = async (body) =>
  (
    await fetch(`${url}/v1/run`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  ).json()

assert.equal((await post({ code: 'return input + 1', input: 1 })).result, 2)
assert.equal((await post({ code: 'for (;;);', limits: { wallMs: 300 } })).error.type, 'TimeoutError')
child.kill('SIGTERM')
const [code] = await once(child, 'close')
assert.equal(code, 0)
