import { AxisBottom, AxisLeft } from '@visx/axis'
import { scaleLinear, scaleUtc } from '@visx/scale'
import { AreaClosed, LinePath } from '@visx/shape'
import { useId, useState } from 'react'
import { money } from './money.ts'
import type { PricePoint } from './products.ts'

const size = { width: 860, height: 250 }
const margin = { top: 12, right: 24, bottom: 40, left: 60 }

// In UTC and a fixed language: the server and every browser draw the same.
const month = new Intl.DateTimeFormat('en', { month: 'short', timeZone: 'UTC' })
const whole = new Intl.DateTimeFormat('en', { month: 'long', year: 'numeric', timeZone: 'UTC' })

const labels = { fill: 'var(--soft)', fontSize: 12, fontFamily: 'inherit' }

export function PriceChart({ points }: { readonly points: readonly PricePoint[] }) {
  const gradient = useId()
  const [shown, setShown] = useState(points.length - 1)
  const days = points.map(({ day }) => day.getTime())
  const cents = points.map((point) => point.cents)
  const x = scaleUtc({
    domain: [Math.min(...days), Math.max(...days)],
    range: [margin.left, size.width - margin.right],
  })
  const y = scaleLinear({
    domain: [Math.min(...cents) * 0.94, Math.max(...cents) * 1.04],
    range: [size.height - margin.bottom, margin.top],
    nice: true,
  })
  const point = points[shown]
  return (
    <figure className="chart">
      <figcaption>
        Price over a year
        {point && <output>{`${whole.format(point.day)}: ${money(point.cents)}`}</output>}
      </figcaption>
      <svg viewBox={`0 0 ${size.width} ${size.height}`} role="img" aria-label="Price over a year">
        <defs>
          <linearGradient id={gradient} x1="0" y1="0" x2="0" y2="1">
            <stop offset="0" stopColor="var(--accent)" stopOpacity="0.35" />
            <stop offset="1" stopColor="var(--accent)" stopOpacity="0" />
          </linearGradient>
        </defs>
        <AreaClosed
          data={[...points]}
          x={(each) => x(each.day)}
          y={(each) => y(each.cents)}
          yScale={y}
          fill={`url(#${gradient})`}
        />
        <LinePath
          data={[...points]}
          x={(each) => x(each.day)}
          y={(each) => y(each.cents)}
          stroke="var(--accent)"
          strokeWidth={2.5}
        />
        {point && (
          <circle
            cx={x(point.day)}
            cy={y(point.cents)}
            r={5}
            fill="var(--accent)"
            stroke="var(--card)"
            strokeWidth={2}
          />
        )}
        {points.map(({ day }, index) => (
          <rect
            key={day.getTime()}
            x={x(day) - 22}
            y={margin.top}
            width={44}
            height={size.height - margin.top - margin.bottom}
            fill="transparent"
            onPointerEnter={() => setShown(index)}
          />
        ))}
        <AxisLeft
          scale={y}
          left={margin.left}
          numTicks={4}
          hideAxisLine
          hideTicks
          tickFormat={(value) => money(Number(value)).replace('.00', '')}
          tickLabelProps={() => ({ ...labels, textAnchor: 'end', dx: -6, dy: 4 })}
        />
        <AxisBottom
          scale={x}
          top={size.height - margin.bottom}
          numTicks={6}
          stroke="var(--line)"
          hideTicks
          tickFormat={(value) => month.format(value as Date)}
          tickLabelProps={() => ({ ...labels, textAnchor: 'middle', dy: 6 })}
        />
      </svg>
    </figure>
  )
}
