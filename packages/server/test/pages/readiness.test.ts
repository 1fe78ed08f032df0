/** Hosts whose bundle throws while it is evaluated are never ready, are not started again without a pause, and are back once it can be. */
import assert from 'node:assert/strict'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { copySite, get, serveSite } from './support/site.ts'

interface Pool {
  readonly name?: string
  readonly bootFailures: number
  readonly hosts: number
  readonly hostList: readonly { readonly pid: number; readonly rotation: boolean }[]
}

async function pools({ adminUrl }: RunningServer): Promise<readonly Pool[]> {
  return ((await (await fetch(`${adminUrl}/admin/pages`)).json()) as { pools: readonly Pool[] }).pools
}

async function ready({ adminUrl }: RunningServer): Promise<{ readonly status: number; readonly pages: unknown }> {
  const response = await fetch(`${adminUrl}/ready`)
  return { status: response.status, pages: ((await response.json()) as { pages: unknown }).pages }
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const lastMs = performance.now() + 30_000
  while (!(await holds())) if (performance.now() > lastMs) assert.fail(`it did not come to be: ${String(holds)}`)
}

test('a bundle that cannot be evaluated any more turns readiness red, is tried with pauses, and mends itself', async () => {
  using site = copySite('ahead')
  const needed = join(site.dir, 'needed.json')
  writeFileSync(needed, '{}')
  writeFileSync(
    join(site.dir, 'pages', 'needs.tsx'),
    `import { readFileSync } from 'node:fs'\nconst text = readFileSync(${JSON.stringify(needed)}, 'utf8')\n` +
      'export const load = () => ({ text })\nexport default ({ text }) => <p>{text}</p>\n',
  )
  await using server = await serveSite(site)
  assert.deepEqual((await ready(server)).status, 200)
  assert.equal((await get(server, '/needs')).status, 200)

  rmSync(needed)
  const startedAtMs = performance.now()
  for (const { hostList } of await pools(server)) for (const { pid } of hostList) process.kill(pid, 'SIGKILL')
  await until(async () => (await pools(server)).every(({ bootFailures }) => bootFailures >= 3))
  // 100 + 200 + 400 ms of pauses lie before the fourth start.
  assert.ok(performance.now() - startedAtMs > 300, 'hosts are started again without a pause')
  const red = await ready(server)
  assert.equal(red.status, 503)
  assert.equal((red.pages as { ready: boolean }).ready, false)
  assert.ok((await pools(server)).every(({ hosts }) => hosts === 0))
  assert.equal((await fetch(`${server.adminUrl}/live`)).status, 200)

  writeFileSync(needed, '{}')
  await until(async () => (await ready(server)).status === 200)
  assert.equal((await get(server, '/needs')).status, 200)
})
