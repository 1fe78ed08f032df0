export default function Apis() {
  const kinds = [
    typeof URL,
    typeof URLSearchParams,
    typeof setTimeout,
    typeof queueMicrotask,
    typeof fetch,
    typeof AbortController,
    typeof crypto.randomUUID,
  ]
  return (
    <p>
      {new TextEncoder().encode('ab') instanceof Uint8Array ? 'bytes' : 'no bytes'} {[...new Set(kinds)].join()}
    </p>
  )
}
