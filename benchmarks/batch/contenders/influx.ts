import { InfluxDB, Point } from '@influxdata/influxdb-client'
import type { Contender, Setup } from './contender.ts'

export function influx({ url, tuning, gzip }: Setup): Contender {
  const writer = new InfluxDB({ url: new URL(url).origin, token: 'bench' }).getWriteApi('org', 'bucket', 'ms', {
    ...(gzip ? { gzipThreshold: 1000 } : { gzipThreshold: 1e9 }),
    ...(tuning === 'tuned' ? { flushInterval: 1000 } : {}),
  })
  return {
    add: ({ mark, type, user, url: page, referrer, width, height }) =>
      writer.writePoint(
        new Point(type)
          .stringField('mark', mark)
          .stringField('user', user)
          .stringField('url', page)
          .stringField('referrer', referrer)
          .intField('width', width)
          .intField('height', height),
      ),
    close: () => writer.close(),
  }
}
