export default function Throws(): never {
  throw new Error('secret detail --><script>alert(1)</script>')
}
