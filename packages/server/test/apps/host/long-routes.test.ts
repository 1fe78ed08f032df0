import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LongRoutes } from '../../../src/apps/host/long-routes.ts'

test('one long request may be chance, two among few quick ones are not, nor is the first when it takes very long', () => {
  const routes = new LongRoutes()
  assert.equal(routes.isEmpty, true)
  assert.equal(routes.sawLong('GET /a', 12, 100), false)
  assert.equal(routes.has('GET /a'), false)
  routes.sawQuick('GET /a')
  assert.equal(routes.sawLong('GET /a', 12, 100), true)
  assert.equal(routes.has('GET /a'), true)
  assert.equal(routes.sawLong('GET /a', 12, 100), false, 'known already')
  assert.equal(routes.sawLong('GET /b', 80, 0), true)
  assert.equal(routes.sawLong('GET /c', 80, 100), false, 'after a hundred quick ones')
  assert.equal(routes.isEmpty, false)
})

test('a long request among many quick ones is chance again and again', () => {
  const routes = new LongRoutes()
  for (let round = 0; round < 5; round += 1) {
    assert.equal(routes.sawLong('GET /a', 12, 100), false)
    for (let quick = 0; quick < 20; quick += 1) routes.sawQuick('GET /a')
  }
  assert.equal(routes.isEmpty, true)
})

test('a long route that has become quick is none any more, unless a long request is among them', () => {
  const routes = new LongRoutes()
  routes.add('GET /a')
  for (let quick = 0; quick < 31; quick += 1) routes.sawQuick('GET /a')
  routes.sawLong('GET /a', 12, 100)
  for (let quick = 0; quick < 31; quick += 1) routes.sawQuick('GET /a')
  assert.equal(routes.has('GET /a'), true)
  routes.sawQuick('GET /a')
  assert.equal(routes.has('GET /a'), false)
})

test('routes that are remembered are bounded', () => {
  const routes = new LongRoutes()
  for (let number = 0; number < 1_000; number += 1) routes.sawLong(`GET /${number}`, 80, 0)
  assert.equal(routes.has('GET /199'), true)
  assert.equal(routes.has('GET /200'), false)
})
