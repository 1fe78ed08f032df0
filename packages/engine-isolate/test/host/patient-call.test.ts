import assert from 'node:assert/strict'
import { test } from 'node:test'
import { callPatiently } from '../../src/host/patient-call.host.ts'

const timedOut = new Error('Script execution timed out.')

test('a call that was ended while others had the processor is made again', () => {
  let calls = 0
  const result = callPatiently(
    () => {
      calls += 1
      if (calls < 4) throw timedOut
      return 'read'
    },
    () => calls * 2,
  )
  assert.equal(result, 'read')
  assert.equal(calls, 4)
})

test('a call that used its processor time is not', () => {
  let calls = 0
  const call = (): never => {
    calls += 1
    throw timedOut
  }
  assert.throws(() => callPatiently(call, () => calls * 10), timedOut)
  assert.equal(calls, 3)
})

test('any other error ends it at once', () => {
  const error = new Error('Isolate is disposed')
  let calls = 0
  const call = (): never => {
    calls += 1
    throw error
  }
  assert.throws(() => callPatiently(call, () => 0), error)
  assert.equal(calls, 1)
})
