import { test } from 'node:test'
import assert from 'node:assert/strict'
import { mergeResults } from '../../src/merge/merge-results.ts'
import { mergeThreads } from '../../src/merge/merge-threads.ts'
import { sampleResult } from '../support/sample-result.ts'

test('threads of one process: counts add up, its processor time and memory are not multiplied', () => {
  const threads = [1, 2, 3].map((seed) => sampleResult({ seconds: 10, seed }).result)
  const { generator, requests } = mergeThreads(threads)
  const [first] = threads
  assert.equal(generator.cpuMs, first?.generator.cpuMs)
  assert.equal(generator.peakRssBytes, first?.generator.peakRssBytes)
  assert.deepEqual(
    generator.samples.map(({ rssBytes }) => rssBytes),
    first?.generator.samples.map(({ rssBytes }) => rssBytes),
  )
  const apart = mergeResults(threads)
  assert.deepEqual(requests, apart.requests)
  assert.equal(generator.arrivals, apart.generator.arrivals)
  assert.ok(apart.generator.cpuMs > generator.cpuMs)
})
