/** A page that grows until it is dead: only its host dies, the machine keeps its memory, and neighbours are served. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import type { RunningServer } from '@evenkeel/server'
import { copySite, get, serveSite } from './support/site.ts'

const hosts = 2
const memoryMb = 320

/** What may be taken above the limits of all hosts: the kernel tells of memory after it is taken, in MiB. */
const overshootMb = 200

test(
  'it is answered with 503, its neighbours with 200, and memory stays within the limits',
  { skip: process.platform === 'linux' ? false : 'reads /proc' },
  async () => {
    using site = copySite('faulty')
    await using server = await serveSite(site, { hosts, spares: 0, memoryMb })
    const before = await pidsOf(server)
    assert.equal(before.length, hosts)
    let isOver = false
    const hog = get(server, '/hog?go=1').finally(() => (isOver = true))
    let mostMb = 0
    let served = 0
    while (!isOver) {
      assert.equal((await get(server, '/fine')).status, 200)
      served += 1
      mostMb = Math.max(
        mostMb,
        before.reduce((sum, pid) => sum + residentMbOf(pid), 0),
      )
    }
    assert.equal((await hog).status, 503)
    assert.ok(served > 1, `${served} pages beside it`)
    assert.ok(mostMb > 0 && mostMb < hosts * memoryMb + overshootMb, `${mostMb} MiB at most`)
    const lastMs = performance.now() + 30_000
    while ((await pidsOf(server)).length < hosts) if (performance.now() > lastMs) assert.fail('it was not replaced')
    const kept = (await pidsOf(server)).filter((pid) => before.includes(pid))
    assert.equal(kept.length, hosts - 1)
  },
)

async function pidsOf({ adminUrl }: RunningServer): Promise<readonly number[]> {
  const { pools } = (await (await fetch(`${adminUrl}/admin/pages`)).json()) as {
    pools: { hostList: { pid: number; rotation: boolean }[] }[]
  }
  return (pools[0]?.hostList ?? []).filter(({ rotation }) => rotation).map(({ pid }) => pid)
}

/** 0 once it is gone. */
function residentMbOf(pid: number): number {
  try {
    return (Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * 4_096) / 1_048_576
  } catch {
    return 0
  }
}
