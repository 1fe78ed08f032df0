import { useId, type ReactNode } from 'react'

export type Motif = 'compass' | 'barometer' | 'lantern' | 'bell' | 'clock' | 'rope' | 'mug' | 'anchor' | 'chart'

const skies: Readonly<Record<Motif, readonly [string, string]>> = {
  compass: ['#f6d9a8', '#e9a15b'],
  barometer: ['#cfe3e6', '#7fb0ba'],
  lantern: ['#33415f', '#0f1a33'],
  bell: ['#f3e3c3', '#d9b36c'],
  clock: ['#d8e6dc', '#8fb7a0'],
  rope: ['#efe6d6', '#cdb48a'],
  mug: ['#dfe6f2', '#9db3d6'],
  anchor: ['#bcd0dd', '#4f7592'],
  chart: ['#f3ead9', '#e0c9a0'],
}

const ink = '#14213d'
const brass = '#c08a2d'

/** Drawn, not photographed: sharp at every size, and a part of the document. */
export function ProductArt({ motif, name }: { readonly motif: Motif; readonly name: string }) {
  const sky = useId()
  const [from, to] = skies[motif]
  return (
    <svg className="art" viewBox="0 0 400 300" role="img" aria-label={name}>
      <defs>
        <linearGradient id={sky} x1="0" y1="0" x2="0.4" y2="1">
          <stop offset="0" stopColor={from} />
          <stop offset="1" stopColor={to} />
        </linearGradient>
      </defs>
      <rect width="400" height="300" fill={`url(#${sky})`} />
      <ellipse cx="200" cy="262" rx="110" ry="12" fill={ink} opacity="0.14" />
      {motifs[motif]}
    </svg>
  )
}

function ticks(count: number, radius: number, length: number): ReactNode {
  return Array.from({ length: count }, (_, index) => (
    <line
      key={index}
      x1="200"
      x2="200"
      y1={150 - radius}
      y2={150 - radius + length}
      stroke={ink}
      strokeWidth={index % 3 === 0 ? 4 : 2}
      transform={`rotate(${(index * 360) / count} 200 150)`}
    />
  ))
}

function dial(face: string, rim: string): ReactNode {
  return (
    <>
      <circle cx="200" cy="150" r="104" fill={rim} />
      <circle cx="200" cy="150" r="90" fill={face} />
      <circle cx="200" cy="150" r="90" fill="none" stroke={ink} strokeOpacity="0.15" strokeWidth="6" />
    </>
  )
}

const motifs: Readonly<Record<Motif, ReactNode>> = {
  compass: (
    <>
      <rect x="184" y="26" width="32" height="24" rx="10" fill={brass} />
      {dial('#fffaf0', brass)}
      {ticks(24, 82, 12)}
      <g transform="rotate(38 200 150)">
        <path d="M200 82 L216 150 L184 150 Z" fill="#d1495b" />
        <path d="M200 218 L216 150 L184 150 Z" fill={ink} />
      </g>
      <circle cx="200" cy="150" r="9" fill={brass} />
    </>
  ),
  barometer: (
    <>
      {dial('#fbfbf6', '#6b4a2f')}
      {ticks(36, 82, 9)}
      <path d="M138 198 A78 78 0 1 1 262 198" fill="none" stroke="#7fb0ba" strokeWidth="5" />
      <line x1="200" y1="168" x2="248" y2="92" stroke={ink} strokeWidth="6" strokeLinecap="round" />
      <line x1="200" y1="164" x2="168" y2="86" stroke={brass} strokeWidth="4" strokeLinecap="round" />
      <circle cx="200" cy="150" r="10" fill={brass} />
    </>
  ),
  lantern: (
    <>
      <circle cx="200" cy="160" r="120" fill="#ffd27a" opacity="0.16" />
      <circle cx="200" cy="160" r="80" fill="#ffd27a" opacity="0.24" />
      <path d="M160 62 Q200 14 240 62" fill="none" stroke={brass} strokeWidth="7" />
      <rect x="160" y="62" width="80" height="24" rx="8" fill={brass} />
      <path d="M164 86 Q132 150 160 214 H240 Q268 150 236 86 Z" fill="#fff6de" opacity="0.9" />
      <path d="M200 120 Q226 158 200 192 Q174 158 200 120" fill="#f3722c" />
      <path d="M200 146 Q212 168 200 188 Q188 168 200 146" fill="#ffe08a" />
      <rect x="152" y="212" width="96" height="46" rx="10" fill={brass} />
    </>
  ),
  bell: (
    <>
      <rect x="186" y="30" width="28" height="30" rx="12" fill={ink} />
      <path
        d="M200 52 C254 52 250 128 268 186 Q280 210 296 216 H104 Q120 210 132 186 C150 128 146 52 200 52"
        fill={brass}
      />
      <path d="M112 216 H288" stroke="#8a5f17" strokeWidth="10" strokeLinecap="round" />
      <path
        d="M160 80 C150 120 152 150 142 184"
        stroke="#fff3d0"
        strokeWidth="8"
        opacity="0.55"
        fill="none"
        strokeLinecap="round"
      />
      <circle cx="200" cy="232" r="15" fill="#8a5f17" />
      <path d="M200 246 V270" stroke="#efe6d6" strokeWidth="6" strokeDasharray="7 3" />
    </>
  ),
  clock: (
    <>
      {dial('#f9fbf7', '#2d4739')}
      {ticks(12, 82, 14)}
      <path d="M110 158 q22 -18 45 0 t45 0 t45 0 t45 0 A90 90 0 0 1 110 158" fill="#8fb7a0" opacity="0.55" />
      <line x1="200" y1="150" x2="166" y2="92" stroke={ink} strokeWidth="7" strokeLinecap="round" />
      <circle cx="200" cy="150" r="10" fill="#d1495b" />
    </>
  ),
  rope: (
    <>
      {[0, 1, 2, 3].map((turn) => (
        <ellipse
          key={turn}
          cx="200"
          cy={212 - turn * 34}
          rx={112 - turn * 5}
          ry="34"
          fill="none"
          stroke={turn % 2 === 0 ? '#b98d4f' : '#cda566'}
          strokeWidth="26"
        />
      ))}
      {[0, 1, 2, 3].map((turn) => (
        <ellipse
          key={turn}
          cx="200"
          cy={212 - turn * 34}
          rx={112 - turn * 5}
          ry="34"
          fill="none"
          stroke="#7d5a2a"
          strokeOpacity="0.5"
          strokeWidth="24"
          strokeDasharray="3 13"
        />
      ))}
    </>
  ),
  mug: (
    <>
      <path d="M262 112 q62 4 50 62 q-10 44 -62 46" fill="none" stroke="#f7f4ee" strokeWidth="18" />
      <path d="M138 74 H262 L280 250 Q200 266 120 250 Z" fill="#f7f4ee" />
      <path d="M134 104 H266" stroke="#d1495b" strokeWidth="10" />
      <ellipse cx="200" cy="76" rx="62" ry="13" fill={ink} />
      <ellipse cx="200" cy="78" rx="54" ry="9" fill="#6b3f1d" />
      <path
        d="M180 50 q-10 -16 2 -30 M212 50 q-10 -16 2 -30"
        stroke="#fff"
        strokeOpacity="0.8"
        strokeWidth="5"
        fill="none"
        strokeLinecap="round"
      />
    </>
  ),
  anchor: (
    <>
      <circle cx="200" cy="56" r="22" fill="none" stroke={ink} strokeWidth="12" />
      <path d="M200 78 V240" stroke={ink} strokeWidth="18" />
      <path d="M142 108 H258" stroke={brass} strokeWidth="14" strokeLinecap="round" />
      <path d="M98 170 Q112 248 200 250 Q288 248 302 170" fill="none" stroke={ink} strokeWidth="18" />
      <path d="M78 190 L98 146 L126 186 Z M322 190 L302 146 L274 186 Z" fill={ink} />
    </>
  ),
  chart: (
    <>
      <path d="M84 66 L162 44 L240 66 L318 44 V232 L240 254 L162 232 L84 254 Z" fill="#fffaf0" />
      <path d="M162 44 V232 M240 66 V254" stroke={ink} strokeOpacity="0.16" strokeWidth="3" />
      <path
        d="M84 150 Q120 110 162 140 T240 120 T318 96 V232 L240 254 L162 232 L84 254 Z"
        fill="#7fb0ba"
        opacity="0.75"
      />
      <path
        d="M104 206 Q160 160 212 190 T300 140"
        fill="none"
        stroke="#d1495b"
        strokeWidth="4"
        strokeDasharray="10 8"
      />
      <path d="M294 130 l14 14 m0 -14 l-14 14" stroke="#d1495b" strokeWidth="5" />
      <circle cx="104" cy="206" r="7" fill={ink} />
    </>
  ),
}
