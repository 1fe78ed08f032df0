import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { fetchApp, tempApp, until } from '../../support/temp-app.ts'

const skip = process.platform === 'linux' ? false : 'reads /proc'

const source = fetchApp(`
  if (url.pathname === '/array') { const all = []; for (;;) all.push(new Array(10_000).fill(all.length)) }
  if (url.pathname === '/buffers') { const all = []; for (;;) { all.push(Buffer.alloc(1_048_576, 1)); await null } }
  if (url.pathname === '/strings') { let text = 'x'; const all = []; for (;;) { text += text.slice(0, 100_000); all.push([...text]) } }
  if (url.pathname === '/deep') { const deeper = (n) => deeper(n + 1) + 1; return new Response(String(deeper(0))) }
  return new Response(String(process.pid))`)

const residentMb = (pid: number): number => {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) / 1_024
}

/** What a runtime has when it has done nothing is above 64 MiB already. */
const memoryMb = 128

for (const path of ['/array', '/buffers', '/strings']) {
  test(
    `${path}: the runtime ends at its limit of memory, this process and what comes after it do not notice`,
    { skip },
    async () => {
      await using running = await tempApp({ 'app.js': source }, { limits: { memoryMb, maxBlockedMs: 60_000 } })
      const [pid = 0] = running.app.pids()
      await (await fetch(running.url)).text()
      const own = residentMb(process.pid)
      const before = residentMb(pid)
      let most = 0
      const watching = setInterval(() => {
        try {
          most = Math.max(most, residentMb(pid))
        } catch {
          // It is gone.
        }
      }, 5)
      assert.equal(await fetch(running.url + path).catch(() => 'lost'), 'lost')
      clearInterval(watching)
      await running.logged(/more memory than its limit|was lost/)
      assert.ok(most < memoryMb * 2, `${most} MiB`)
      await until(async () => running.app.pids().length === 1 && running.app.pids()[0] !== pid)
      assert.equal(await (await fetch(running.url)).text(), String(running.app.pids()[0]))
      assert.ok(residentMb(running.app.pids()[0] ?? 0) < before * 1.2)
      await until(async () => residentMb(process.pid) < own * 1.2)
    },
  )
}

test('endless recursion is an error of its request, and the runtime stays', async () => {
  await using running = await tempApp({ 'app.js': source })
  const before = running.app.pids()
  assert.equal((await fetch(`${running.url}/deep`)).status, 500)
  await running.logged(/RangeError: Maximum call stack/)
  assert.deepEqual(running.app.pids(), before)
})
