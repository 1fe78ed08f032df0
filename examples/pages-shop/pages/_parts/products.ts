import type { Motif } from './product-art.tsx'

export interface Product {
  readonly id: string
  readonly name: string
  readonly line: string
  readonly story: string
  readonly cents: number
  readonly motif: Motif
  readonly stock: number
  readonly facts: readonly (readonly [name: string, value: string])[]
}

export interface PricePoint {
  readonly day: Date
  readonly cents: number
}

export const products: readonly Product[] = [
  {
    id: 'kittiwake-compass',
    name: 'Kittiwake compass',
    line: 'A hand-bearing compass that settles before the next wave',
    story:
      'The card floats in silicone oil, so a bearing is steady within a second even on a short sea. The brass ring is turned from one piece and takes on the colour of your hands.',
    cents: 8_900,
    motif: 'compass',
    stock: 14,
    facts: [
      ['Card', '55 mm, 1° marks'],
      ['Body', 'Turned brass'],
      ['Weight', '182 g'],
    ],
  },
  {
    id: 'petrel-barometer',
    name: 'Petrel barometer',
    line: 'Sees weather coming half a day before you do',
    story:
      'An aneroid movement with a second hand to set by: what matters is not the pressure but where it was this morning. Adjusted at sea level and at 600 metres before it leaves the bench.',
    cents: 16_400,
    motif: 'barometer',
    stock: 5,
    facts: [
      ['Range', '960–1060 hPa'],
      ['Dial', '120 mm, enamel'],
      ['Case', 'Smoked oak'],
    ],
  },
  {
    id: 'storm-lantern',
    name: 'Storm lantern',
    line: 'Burns through a gale on two spoons of oil',
    story:
      'The chimney draws from below the rim, so that gusts feed the flame and never meet it. One filling lasts the night; the glass lifts off for cleaning without a tool.',
    cents: 5_400,
    motif: 'lantern',
    stock: 31,
    facts: [
      ['Height', '26 cm'],
      ['Burns', '14 hours'],
      ['Glass', 'Borosilicate'],
    ],
  },
  {
    id: 'watch-bell',
    name: 'Watch bell',
    line: 'Eight bells, and everybody knows',
    story:
      'Cast in the old proportions, which is why it carries across a harbour and does not shout in a galley. The rope is tied with a bell-ringer’s knot that you may undo and learn.',
    cents: 12_900,
    motif: 'bell',
    stock: 9,
    facts: [
      ['Diameter', '16 cm'],
      ['Metal', 'Bell bronze'],
      ['Note', 'A5'],
    ],
  },
  {
    id: 'tide-clock',
    name: 'Tide clock',
    line: 'One hand, once around in a lunar day',
    story:
      'It turns in 12 hours and 25 minutes, as the sea does. Set it at high water; correct it once a fortnight. It knows nothing of the wind, and neither does any other clock.',
    cents: 7_200,
    motif: 'clock',
    stock: 22,
    facts: [
      ['Dial', '140 mm'],
      ['Movement', 'Quartz, 12 h 25 m'],
      ['Battery', 'One AA, two years'],
    ],
  },
  {
    id: 'manila-coil',
    name: 'Manila coil',
    line: 'Twenty metres of rope that holds a knot',
    story:
      'Three strands, laid right-handed, without a thread of plastic. It swells when it is wet, so that what you tied stays tied until you want it otherwise.',
    cents: 3_600,
    motif: 'rope',
    stock: 48,
    facts: [
      ['Length', '20 m'],
      ['Thickness', '12 mm'],
      ['Breaks at', '11 kN'],
    ],
  },
  {
    id: 'deck-mug',
    name: 'Deck mug',
    line: 'Wide at the foot: it stays where you put it',
    story:
      'Enamel on steel, with a foot broader than the rim and a ring of cork under it. Holds a quarter of a litre, and keeps it at twenty degrees of heel.',
    cents: 1_900,
    motif: 'mug',
    stock: 120,
    facts: [
      ['Holds', '250 ml'],
      ['Made of', 'Enamelled steel'],
      ['Heel', 'up to 20°'],
    ],
  },
  {
    id: 'fisherman-anchor',
    name: 'Fisherman anchor',
    line: 'For a dinghy, and for kelp',
    story:
      'The oldest shape there is, because it bites where others slide: through weed, into rock. The stock folds along the shank and is held by a pin on a chain.',
    cents: 9_800,
    motif: 'anchor',
    stock: 0,
    facts: [
      ['Weight', '6 kg'],
      ['Metal', 'Galvanised steel'],
      ['Boat', 'up to 5 m'],
    ],
  },
  {
    id: 'coast-chart',
    name: 'Coast chart',
    line: 'Drawn to be read by red light',
    story:
      'Soundings in metres, hazards in a magenta that a red torch does not swallow. On a paper that may be wet, folded, pencilled on, rubbed out, and wet again.',
    cents: 2_800,
    motif: 'chart',
    stock: 64,
    facts: [
      ['Scale', '1 : 50 000'],
      ['Size', '84 × 60 cm'],
      ['Paper', 'Stone paper'],
    ],
  },
]

export function productById(id: string): Product | undefined {
  return products.find((product) => product.id === id)
}

/** By any word of what is written about a product. */
export function findProducts(wanted: string): readonly Product[] {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
  return products.filter(({ name, line, story }) => {
    const text = `${name} ${line} ${story}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

const monthMs = 30 * 86_400_000

/** A year of prices up to today's. The same product has the same year each time. */
export function pricesOf({ id, cents }: Product): readonly PricePoint[] {
  const newest = Date.UTC(2026, 9, 1)
  let seed = Array.from(id).reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 2_147_483_647, 7)
  const next = (): number => (seed = (seed * 48_271) % 2_147_483_647) / 2_147_483_647
  return Array.from({ length: 13 }, (_, index) => {
    const share = index === 12 ? 1 : 0.82 + index * 0.012 + (next() - 0.5) * 0.09
    return { day: new Date(newest - (12 - index) * monthMs), cents: Math.round((cents * share) / 50) * 50 }
  })
}
