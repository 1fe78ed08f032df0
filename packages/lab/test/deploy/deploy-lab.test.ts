import { test } from 'node:test'
import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { matchesGlob } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { runCommand } from '../support/run-command.ts'

const folder = new URL('../../../../deploy/lab/', import.meta.url)

interface Job {
  readonly kind: string
  readonly spec: {
    readonly template: { readonly spec: { readonly containers: readonly { readonly args: readonly string[] }[] } }
  }
}

test('every option in the Kubernetes Job is one that the command has', async () => {
  const text = await readFile(new URL('kubernetes-job.yaml', folder), 'utf8')
  const jobs = parseAllDocuments(text).map((document) => document.toJS() as Job)
  assert.deepEqual(
    jobs.map((job) => job.kind),
    ['Job', 'Job'],
  )
  for (const job of jobs)
    for (const { args } of job.spec.template.spec.containers) {
      const [verb = '', ...rest] = args
      const { stdout, exitCode } = await runCommand([verb, '--help'], { cwd: '/' })
      assert.equal(exitCode, 0)
      for (const option of rest.filter((each) => each.startsWith('--')))
        assert.ok(stdout.includes(option), `${verb} ${option}`)
    }
})

test('the image installs the NATS client that the package asks for', async () => {
  const dockerfile = await readFile(new URL('Dockerfile', folder), 'utf8')
  const manifest = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
    readonly devDependencies: Readonly<Record<string, string>>
  }
  const version = manifest.devDependencies['@nats-io/transport-node']
  assert.ok(dockerfile.includes(`@nats-io/transport-node@${String(version)}`))
})

test('the build leaves out what would weigh on it, and no source that it needs', async () => {
  const text = await readFile(new URL('Dockerfile.dockerignore', folder), 'utf8')
  const patterns = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  assert.ok(patterns.includes('**/node_modules') && patterns.includes('.git'))
  for (const needed of ['packages/lab/src', 'packages/lab/bin', 'packages/lab/assets', 'package-lock.json'])
    assert.ok(!patterns.some((pattern) => matchesGlob(needed, pattern)), needed)
})
