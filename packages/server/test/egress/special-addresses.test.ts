import assert from 'node:assert/strict'
import { test } from 'node:test'
import { addressList, holdsAddress, isPublicAddress } from '../../src/egress/special-addresses.ts'

const refused = [
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.255',
  '169.254.169.254',
  '172.16.0.1',
  '172.31.255.255',
  '192.0.0.1',
  '192.0.2.1',
  '192.88.99.1',
  '192.168.1.1',
  '198.18.0.1',
  '198.51.100.1',
  '203.0.113.1',
  '224.0.0.1',
  '240.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:0:0',
  '::ffff:8.8.8.8',
  '::8.8.8.8',
  '64:ff9b::8.8.8.8',
  '64:ff9b:1::1',
  '100::1',
  '2001::1',
  '2001:db8::1',
  '2002:7f00:1::',
  '3fff::1',
  '5f00::1',
  'fc00::1',
  'fd12::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'localhost',
  '0x7f000001',
  '2130706433',
  '',
]
for (const address of refused) {
  test(`${address || 'nothing'} is not public`, () => assert.equal(isPublicAddress(address), false))
}

for (const address of ['8.8.8.8', '1.1.1.1', '172.32.0.1', '100.128.0.1', '2606:4700::1111', '2a00:1450::1']) {
  test(`${address} is public`, () => assert.equal(isPublicAddress(address), true))
}

test('a list holds its ranges and single addresses of both families', () => {
  const list = addressList(['10.1.0.0/16', '127.0.0.1', 'fd00::/8'])
  assert.deepEqual(
    ['10.1.255.1', '10.2.0.1', '127.0.0.1', '127.0.0.2', 'fd12::1', 'fe80::1'].map((each) => holdsAddress(list, each)),
    [true, false, true, false, true, false],
  )
})

test('a range that is none is named', () => {
  for (const range of ['10.0.0.0/x', 'example.com', '10.0.0/8'])
    assert.throws(() => addressList([range]), /is no address range/)
})
