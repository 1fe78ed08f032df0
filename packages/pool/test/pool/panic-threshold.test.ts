import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silencePatience } from '../../src/pool/panic-threshold.ts'

for (const { silent, hosts, patience } of [
  { silent: 0, hosts: 3, patience: 1 },
  { silent: 1, hosts: 1, patience: 1 },
  { silent: 1, hosts: 3, patience: 1 },
  { silent: 2, hosts: 4, patience: 1 },
  { silent: 2, hosts: 3, patience: 1 },
  { silent: 2, hosts: 2, patience: 1 },
  { silent: 3, hosts: 6, patience: 1 },
  { silent: 3, hosts: 3, patience: 4 },
  { silent: 4, hosts: 6, patience: 4 },
]) {
  test(`${silent} of ${hosts} silent: patience × ${patience}`, () => {
    assert.equal(silencePatience(silent, hosts), patience)
  })
}
