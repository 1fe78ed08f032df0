import { test } from 'node:test'
import assert from 'node:assert/strict'
import { scenarioTitle } from '../../src/result/scenario-title.ts'

test('scenarios without a name are counted from one, names stay as they are', () => {
  assert.deepEqual(['0', '11', 'log in', '2nd'].map(scenarioTitle), ['scenario 1', 'scenario 12', 'log in', '2nd'])
})
