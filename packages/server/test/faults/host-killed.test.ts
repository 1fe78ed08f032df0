/** A host process is killed in the middle of a run: that run says so, may be tried again, and nobody else notices. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { slackMs } from '../support/slack.ts'
import { rotationPids } from '../support/hosts.ts'
import { startTestServer, until } from '../support/test-server.ts'

test('a run whose host is killed is a retryable fault of the system, and others go on', async () => {
  await using server = await startTestServer({ blocks: { hosts: 2, spares: 1 } })
  const [first, second] = await rotationPids(server)
  const waiting = (n: number): Promise<{ at: number; answer: Awaited<ReturnType<typeof server.run>> }> =>
    server
      .run('console.log("begun"); await new Promise((r) => setTimeout(r, 8000)); return input', {
        input: n,
        limits: { wallMs: 9_000 },
      })
      .then((answer) => ({ at: performance.now(), answer }))
  const runs = [1, 2, 3, 4].map((n) => waiting(n))
  await until(
    async () =>
      (await server.admin('GET', '/admin/hosts')).body.hosts as { pid: number; parked: number; running: number }[],
    (hosts) =>
      hosts.filter(({ pid }) => pid === first || pid === second).reduce((sum, each) => sum + each.parked, 0) === 4,
  )
  const killedAt = performance.now()
  process.kill(first ?? 0, 'SIGKILL')
  const ends = await Promise.all(runs)
  const lost = ends.filter(({ answer }) => answer.status !== 200)
  assert.ok(lost.length >= 1 && lost.length < 4, JSON.stringify(ends.map(({ answer }) => answer.status)))
  for (const { at, answer } of lost) {
    const { error, logs } = answer.body
    assert.deepEqual(
      [answer.status, error?.code, error?.fault, error?.retryable],
      [503, 'EK_BLOCK_HOST_LOST', 'system', true],
    )
    assert.deepEqual(
      logs?.map(({ message }) => message),
      ['begun'],
    )
    assert.ok(at - killedAt < 100 + slackMs(), `told after ${at - killedAt} ms`)
  }
  for (const { answer } of ends.filter((each) => !lost.includes(each))) assert.ok(Number(answer.body.result) > 0)
  assert.equal((await server.run('return 1')).body.result, 1)
  assert.equal((await rotationPids(server)).includes(first ?? 0), false)
})
